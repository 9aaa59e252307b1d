//! Proof of rotation: earlier certificates of the same app, each of which signed its successor.

use unwatched_model::signature::Ancestor;

use super::algorithms::Algorithm;
use super::certificate::Certificate;
use super::keys::PublicKey;
use super::reader::Reader;
use super::work::Work;

const VERSION: u32 = 1;
/// More changes of a key than any real app had.
const MAX_NODES: usize = 100;

/// What an earlier certificate may still do, by bit.
const CAPABILITIES: [(u32, &str); 5] =
    [(1, "installed_data"), (2, "shared_uid"), (4, "permission"), (8, "rollback"), (16, "auth")];

/// One certificate of the line.
pub(super) struct Node<'a> {
    pub(super) certificate: Certificate<'a>,
    flags: u32,
    /// By which algorithm its parent vouched for it, and by which it vouches for its child.
    algorithms: (u32, u32),
    signature: &'a [u8],
}

impl Node<'_> {
    fn same(&self, other: &Self) -> bool {
        let known = |id: u32| Algorithm::find(id).map(|algorithm| algorithm.id);
        self.certificate.der == other.certificate.der
            && self.flags == other.flags
            && known(self.algorithms.0) == known(other.algorithms.0)
            && known(self.algorithms.1) == known(other.algorithms.1)
            && self.signature == other.signature
    }
}

/// Certificates from the oldest to the newest.
pub(super) struct Lineage<'a>(pub(super) Vec<Node<'a>>);

impl<'a> Lineage<'a> {
    /// Reads the line and checks every signature in it.
    pub(super) fn check(value: &'a [u8], work: &Work) -> Result<Self, &'static str> {
        const MALFORMED: &str = "the proof of rotation is malformed";
        let mut list = Reader::new(value);
        if list.u32().ok_or(MALFORMED)? != VERSION {
            return Err("the proof of rotation is of a version that is not known");
        }
        let mut nodes: Vec<Node<'a>> = Vec::new();
        while !list.is_empty() {
            let mut node = list.within().ok_or(MALFORMED)?;
            let signed = node.prefixed().ok_or(MALFORMED)?;
            let flags = node.u32().ok_or(MALFORMED)?;
            let next_algorithm = node.u32().ok_or(MALFORMED)?;
            let signature = node.prefixed().ok_or(MALFORMED)?;
            if let Some(parent) = nodes.last() {
                vouches(parent, signed, signature, work)?;
            }
            let mut signed = Reader::new(signed);
            let der = signed.prefixed().ok_or(MALFORMED)?;
            let own_algorithm = signed.u32().ok_or(MALFORMED)?;
            if nodes.last().is_some_and(|parent| parent.algorithms.1 != own_algorithm) {
                return Err("the proof of rotation names two algorithms for one signature");
            }
            if nodes.iter().any(|node| node.certificate.der == der) {
                return Err("the proof of rotation holds a certificate twice");
            }
            let certificate = Certificate::read(der).ok_or(MALFORMED)?;
            let algorithms = (own_algorithm, next_algorithm);
            nodes.push(Node { certificate, flags, algorithms, signature });
            if nodes.len() > MAX_NODES {
                return Err("the proof of rotation is longer than any real one");
            }
        }
        if nodes.is_empty() {
            return Err("the proof of rotation is empty");
        }
        Ok(Self(nodes))
    }

    /// Where in the line a certificate stands.
    pub(super) fn position(&self, certificate: &Certificate<'_>) -> Option<usize> {
        self.0.iter().position(|node| node.certificate.der == certificate.der)
    }

    /// Whether the shorter of the two is the beginning of the longer.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, another)| one.same(another))
    }

    /// All but the newest, for a report.
    pub(super) fn ancestors(&self) -> Vec<Ancestor> {
        let (_, earlier) = self.0.split_last().expect("a line has a node");
        earlier
            .iter()
            .map(|node| Ancestor {
                certificate_sha256: node.certificate.sha256(),
                capabilities: CAPABILITIES
                    .into_iter()
                    .filter(|(bit, _)| node.flags & bit != 0)
                    .map(|(_, name)| name.to_owned())
                    .collect(),
            })
            .collect()
    }
}

fn vouches(
    parent: &Node<'_>,
    signed: &[u8],
    signature: &[u8],
    work: &Work,
) -> Result<(), &'static str> {
    let algorithm = Algorithm::find(parent.algorithms.1)
        .ok_or("the proof of rotation uses an algorithm that is not known")?;
    PublicKey::read(parent.certificate.key_der())?
        .verifies(algorithm.family, algorithm.hash, signed, signature, work)
        .map_err(|_| "a signature in the proof of rotation does not hold")
}
