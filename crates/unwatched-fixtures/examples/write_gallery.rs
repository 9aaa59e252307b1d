//! Writes the gallery's apps into a folder, to look at them with other tools:
//! `cargo run -p unwatched-fixtures --example write_gallery -- FOLDER`, then `apksigner verify`.

use std::io;
use std::path::PathBuf;

use unwatched_fixtures::apk::gallery;

fn main() -> io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("name the folder to write to"));
    };
    std::fs::create_dir_all(&folder)?;
    for app in gallery::all(1) {
        let path = folder.join(format!("{}.apk", app.name));
        std::fs::write(&path, app.bytes())?;
        println!("{} {} {}", path.display(), app.package, app.certificate_sha256());
    }
    Ok(())
}
