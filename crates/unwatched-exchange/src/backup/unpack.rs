//! Reads a copy, folder or `.tar`, file by file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::manifest::{MANIFEST, Manifest, Part, is_part};
use super::pack::{self, digest};

/// A manifest is small, whatever a forged one says.
const MAX_MANIFEST_BYTES: u64 = 256 << 20;

/// A copy that is read.
pub enum Copy {
    /// A folder.
    Folder(PathBuf),
    /// One file.
    Tar(PathBuf),
}

impl Copy {
    /// The copy at a path.
    pub fn at(path: &Path) -> Self {
        if path.is_dir() { Self::Folder(path.to_owned()) } else { Self::Tar(path.to_owned()) }
    }

    /// Compares every file with the manifest, and hands it out when nothing differs; `Err` names
    /// the first that does. `told` is called with the number of files now and then.
    pub fn verify(&self, mut told: impl FnMut(usize)) -> Result<Manifest, String> {
        let mut manifest = None;
        let mut found = BTreeMap::new();
        self.each(|path, from| {
            if path == MANIFEST {
                let mut bytes = Vec::new();
                from.take(MAX_MANIFEST_BYTES).read_to_end(&mut bytes)?;
                manifest = Some(bytes);
                return Ok(());
            }
            let (size_bytes, sha256) = digest(from, io::sink())?;
            found.insert(path.to_owned(), Part { path: path.to_owned(), size_bytes, sha256 });
            if found.len() % 1_000 == 0 {
                told(found.len());
            }
            Ok(())
        })
        .map_err(|error| format!("it does not read: {error}"))?;
        let manifest =
            manifest.ok_or_else(|| format!("it has no {MANIFEST}: it is no whole copy"))?;
        let manifest = Manifest::read(&manifest)?;
        for part in &manifest.parts {
            match found.remove(&part.path) {
                None => return Err(format!("{} is missing", part.path)),
                Some(found) if found != *part => {
                    return Err(format!("{} is not what was copied", part.path));
                }
                Some(_) => {}
            }
        }
        match found.into_keys().next() {
            Some(more) => Err(format!("{more} is in it, and not in its {MANIFEST}")),
            None => Ok(manifest),
        }
    }

    /// Writes every part below a folder, comparing it with the manifest once more.
    pub fn unpack(&self, manifest: &Manifest, to: &Path) -> io::Result<()> {
        let parts: BTreeMap<_, _> =
            manifest.parts.iter().map(|part| (part.path.as_str(), part)).collect();
        self.each(|path, from| {
            let Some(part) = parts.get(path).filter(|part| is_part(&part.path)) else {
                return Ok(());
            };
            let to = to.join(path);
            pack::folder(to.parent().unwrap_or(&to))?;
            let mut file = pack::create(&to)?;
            let (size_bytes, sha256) = digest(from, &mut file)?;
            file.sync_all()?;
            if (size_bytes, sha256) != (part.size_bytes, part.sha256) {
                return Err(io::Error::other(format!("{path} changed while it was read")));
            }
            Ok(())
        })
    }

    fn each(&self, mut see: impl FnMut(&str, &mut dyn Read) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Folder(folder) => {
                for path in files_below(folder)? {
                    let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy();
                    see(&name, &mut BufReader::new(File::open(&path)?))?;
                }
            }
            Self::Tar(path) => {
                let mut tar = tar::Archive::new(BufReader::new(File::open(path)?));
                for entry in tar.entries()? {
                    let mut entry = entry?;
                    if entry.header().entry_type() != tar::EntryType::Regular {
                        return Err(io::Error::other("it holds something that is no file"));
                    }
                    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                    see(&name, &mut entry)?;
                }
            }
        }
        Ok(())
    }
}

/// Every file, the manifest among them, in order. What is neither file nor folder is an error.
fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            } else {
                let name = entry.path();
                return Err(io::Error::other(format!("{} is no file", name.display())));
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}
