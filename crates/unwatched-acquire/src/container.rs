//! Where named members lie: a folder, a ZIP, or a ZIP whose end is missing.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use crate::bounds::Bounded;
use crate::salvage;

const MAX_NAMES: usize = 200_000;

/// A folder or an archive.
pub(crate) enum Container {
    Folder { path: PathBuf, names: Vec<String>, links: usize },
    Zip { archive: ZipArchive<BufReader<File>>, names: Vec<String> },
    CutZip { path: PathBuf, members: Vec<salvage::Member> },
}

impl Container {
    /// The files that lie directly in a folder. Links are counted and left out, wherever they
    /// point: what is read must lie in the evidence.
    pub(crate) fn folder(path: &Path) -> io::Result<Self> {
        let (mut names, mut links) = (Vec::new(), 0);
        for entry in std::fs::read_dir(path)?.take(MAX_NAMES) {
            let entry = entry?;
            let kind = entry.file_type()?;
            links += usize::from(kind.is_symlink());
            if let (Ok(name), true) = (entry.file_name().into_string(), kind.is_file()) {
                names.push(name);
            }
        }
        names.sort();
        Ok(Self::Folder { path: path.to_owned(), names, links })
    }

    /// A ZIP: by its directory, or where that is missing by its local headers.
    pub(crate) fn zip(path: &Path) -> io::Result<Self> {
        if ends_like_a_zip(path)?
            && let Ok(archive) = ZipArchive::new(BufReader::new(File::open(path)?))
        {
            let names = archive.file_names().take(MAX_NAMES).flatten().map(Into::into).collect();
            return Ok(Self::Zip { archive, names });
        }
        Ok(Self::CutZip { path: path.to_owned(), members: salvage::members(path)? })
    }

    /// The path of a file in a folder.
    pub(crate) fn path_of(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Folder { path, names, .. } => {
                names.iter().any(|known| known == name).then(|| path.join(name))
            }
            Self::Zip { .. } | Self::CutZip { .. } => None,
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        matches!(self, Self::CutZip { .. })
    }

    /// What was left out because it is a link.
    pub(crate) fn left_out(&self) -> Option<String> {
        match self {
            Self::Folder { links: 1, .. } => Some(
                "a link in it was left out: links are not followed, so put the file itself there"
                    .to_owned(),
            ),
            Self::Folder { links: links @ 2.., .. } => Some(format!(
                "{links} links in it were left out: links are not followed, so put the files \
                 themselves there"
            )),
            _ => None,
        }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Folder { names, .. } | Self::Zip { names, .. } => {
                names.iter().map(String::as_str).collect()
            }
            Self::CutZip { members, .. } => members.iter().map(|m| m.name.as_str()).collect(),
        }
    }

    /// How long a member is once unpacked, where that is told.
    pub(crate) fn size_bytes(&mut self, name: &str) -> Option<u64> {
        match self {
            Self::Folder { path, .. } => Some(std::fs::metadata(path.join(name)).ok()?.len()),
            Self::Zip { archive, .. } => Some(archive.by_name(name).ok()?.size()),
            Self::CutZip { .. } => None,
        }
    }

    /// Opens one of [`Self::names`].
    pub(crate) fn open<'a>(&'a mut self, name: &str) -> io::Result<Box<dyn Read + 'a>> {
        match self {
            Self::Folder { path, names, .. } => {
                if !names.iter().any(|known| known == name) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                Ok(Box::new(Bounded::new(File::open(path.join(name))?, None)))
            }
            Self::Zip { archive, .. } => {
                let member = archive.by_name(name).map_err(io::Error::other)?;
                let packed_bytes = member.compressed_size();
                Ok(Box::new(Bounded::new(member, Some(packed_bytes))))
            }
            Self::CutZip { path, members } => {
                let member = members.iter().find(|member| member.name == name);
                salvage::open(path, member.ok_or(io::ErrorKind::NotFound)?)
            }
        }
    }

    /// The first bytes of a member.
    pub(crate) fn head(&mut self, name: &str, length: u64) -> Vec<u8> {
        let mut head = Vec::new();
        if let Ok(source) = self.open(name) {
            // What came before an error is still the head.
            let _ = source.take(length).read_to_end(&mut head);
        }
        head
    }
}

/// Whether a ZIP's end record lies where it may: in the last 64 KiB and some. Without this look a
/// cut archive of gigabytes would be searched backwards whole.
fn ends_like_a_zip(path: &Path) -> io::Result<bool> {
    use std::io::{Seek, SeekFrom};
    const TAIL_BYTES: u64 = 66 * 1024;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    Ok(tail.windows(4).any(|window| window == b"PK\x05\x06"))
}
