//! Where named members lie: a folder, a ZIP, a ZIP whose end is missing, a tar, or one folder of
//! these.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::bounds::Bounded;
use crate::layout::OWN_FOLDERS;
use crate::salvage;
use crate::source::{Bytes, Source};
use crate::tarball;

const MAX_NAMES: usize = 200_000;
/// How deep below an acquisition's folder its files lie.
const MAX_DEPTH: usize = 12;

/// A folder or an archive.
pub(crate) enum Container {
    Folder {
        path: PathBuf,
        names: Vec<String>,
        links: usize,
    },
    Zip {
        archive: ZipArchive<BufReader<Box<dyn Bytes>>>,
        names: Vec<String>,
    },
    CutZip {
        source: Source,
        members: Vec<salvage::Member>,
    },
    Tar {
        source: Source,
        members: Vec<tarball::Member>,
        cut: bool,
    },
    /// One folder of an archive; names count from there.
    Below {
        archive: Box<Container>,
        folder: String,
        names: Vec<String>,
    },
}

impl Container {
    /// The files that lie in a folder and in those of its folders that an acquisition has. Links
    /// are counted and left out, wherever they point: what is read must lie in the evidence.
    pub(crate) fn folder(path: &Path) -> io::Result<Self> {
        let (mut names, mut links) = (Vec::new(), 0);
        list(path, "", 0, &mut names, &mut links)?;
        names.sort();
        Ok(Self::Folder { path: path.to_owned(), names, links })
    }

    /// A ZIP: by its directory, or where that is missing by its local headers.
    pub(crate) fn zip(source: Source) -> io::Result<Self> {
        if ends_like_a_zip(&source)
            && let Ok(archive) = ZipArchive::new(BufReader::new(source.open()?))
        {
            let names = archive.file_names().take(MAX_NAMES).flatten().map(Into::into).collect();
            return Ok(Self::Zip { archive, names });
        }
        let members = salvage::members(&source)?;
        Ok(Self::CutZip { source, members })
    }

    /// A tar that nothing is wrapped around.
    pub(crate) fn tar(source: Source) -> io::Result<Self> {
        let (members, cut) = tarball::members(&source)?;
        Ok(Self::Tar { source, members, cut })
    }

    /// One folder of it, without a slash at its end; `None` where nothing lies in it.
    pub(crate) fn below(self, folder: &str) -> Option<Self> {
        let folder = format!("{folder}/");
        let names = self.names().into_iter().filter_map(|name| name.strip_prefix(&folder));
        let names: Vec<String> = names.map(str::to_owned).collect();
        (!names.is_empty()).then(|| Self::Below { archive: Box::new(self), folder, names })
    }

    /// What a report calls it.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "folder",
            Self::Zip { .. } | Self::CutZip { .. } => "ZIP",
            Self::Tar { .. } => "tar",
            Self::Below { archive, .. } => archive.what(),
        }
    }

    pub(crate) fn is_folder(&self) -> bool {
        matches!(self, Self::Folder { .. })
    }

    pub(crate) fn is_cut(&self) -> bool {
        match self {
            Self::CutZip { .. } => true,
            Self::Tar { cut, .. } => *cut,
            Self::Below { archive, .. } => archive.is_cut(),
            Self::Folder { .. } | Self::Zip { .. } => false,
        }
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
            Self::Folder { names, .. } | Self::Zip { names, .. } | Self::Below { names, .. } => {
                names.iter().map(String::as_str).collect()
            }
            Self::CutZip { members, .. } => members.iter().map(|m| m.name.as_str()).collect(),
            Self::Tar { members, .. } => members.iter().map(|m| m.name.as_str()).collect(),
        }
    }

    /// How long a member is once unpacked, where that is told.
    pub(crate) fn size_bytes(&mut self, name: &str) -> Option<u64> {
        match self {
            Self::Folder { path, .. } => Some(std::fs::metadata(path.join(name)).ok()?.len()),
            Self::Zip { archive, .. } => Some(archive.by_name(name).ok()?.size()),
            Self::CutZip { .. } => None,
            Self::Tar { members, .. } => {
                Some(members.iter().find(|member| member.name == name)?.size_bytes)
            }
            Self::Below { archive, folder, .. } => archive.size_bytes(&format!("{folder}{name}")),
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
                let member = archive.by_name(name).map_err(|error| match error {
                    ZipError::FileNotFound => io::ErrorKind::NotFound.into(),
                    other => io::Error::other(other),
                })?;
                let packed_bytes = member.compressed_size();
                Ok(Box::new(Bounded::new(member, Some(packed_bytes))))
            }
            Self::CutZip { source, members } => {
                let member = members.iter().find(|member| member.name == name);
                salvage::open(source, member.ok_or(io::ErrorKind::NotFound)?)
            }
            Self::Tar { source, members, .. } => {
                let member = members.iter().find(|member| member.name == name);
                tarball::open(source, member.ok_or(io::ErrorKind::NotFound)?)
            }
            Self::Below { archive, folder, .. } => archive.open(&format!("{folder}{name}")),
        }
    }

    /// Opens any file of the acquisition, of those folders too that nobody looks into.
    pub(crate) fn open_any<'a>(&'a mut self, name: &str) -> io::Result<Box<dyn Read + 'a>> {
        let Self::Folder { path, .. } = self else { return self.open(name) };
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !Path::new(name).components().all(plain) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // A link anywhere on the way would lead out of the evidence.
        let mut at = path.clone();
        for part in Path::new(name) {
            at.push(part);
            if at.symlink_metadata()?.is_symlink() {
                return Err(io::ErrorKind::InvalidInput.into());
            }
        }
        Ok(Box::new(File::open(at)?))
    }

    /// A member as a source of its own, so that it can be a container itself: a file stays where
    /// it lies, what is packed is unpacked into memory.
    pub(crate) fn source(&mut self, name: &str, max_bytes: u64) -> io::Result<Source> {
        if let Self::Folder { path, names, .. } = self
            && names.iter().any(|known| known == name)
        {
            return Ok(Source::File(path.join(name)));
        }
        let mut bytes = Vec::new();
        self.open(name)?.take(max_bytes + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max_bytes {
            let most = max_bytes >> 20;
            let why =
                format!("it is longer than {most} MiB: unpack the archive and name its folder");
            return Err(io::Error::other(why));
        }
        Ok(Source::Memory(bytes.into()))
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

/// Adds the files of one folder to `names`, as paths below the container's own.
fn list(
    folder: &Path,
    below: &str,
    depth: usize,
    names: &mut Vec<String>,
    links: &mut usize,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        if names.len() >= MAX_NAMES {
            break;
        }
        let entry = entry?;
        let kind = entry.file_type()?;
        *links += usize::from(kind.is_symlink());
        let Ok(name) = entry.file_name().into_string() else { continue };
        let looked_into = depth > 0 || OWN_FOLDERS.contains(&name.as_str());
        if kind.is_file() {
            names.push(format!("{below}{name}"));
        } else if kind.is_dir() && looked_into && depth < MAX_DEPTH {
            // A folder that cannot be read costs what lies in it, not the rest.
            let _ = list(&entry.path(), &format!("{below}{name}/"), depth + 1, names, links);
        }
    }
    Ok(())
}

/// Whether a ZIP's end record lies where it may: in the last 64 KiB and some. Without this look a
/// cut archive of gigabytes would be searched backwards whole.
fn ends_like_a_zip(source: &Source) -> bool {
    const TAIL_BYTES: u64 = 66 * 1024;
    let tail = source.tail(TAIL_BYTES).unwrap_or_default();
    tail.windows(4).any(|window| window == b"PK\x05\x06")
}
