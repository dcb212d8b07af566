//! What is published: the live generation's files at one commit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use catalog::index::{Fault, generation};

/// The file that says which others are one commit.
pub const META: &str = "meta.json";

/// The live generation's files at one commit, held by hard links while they are sent: merging may remove them meanwhile.
pub struct Held {
    pub generation: u64,
    pub opstamp: u64,
    links: Links,
}

/// A directory of links that goes with this.
struct Links(PathBuf);

impl Drop for Links {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Held {
    pub fn take(dir: &Path) -> Result<Option<Self>, Fault> {
        let Some(generation) = generation::current(dir)? else { return Ok(None) };
        let home = generation::path(dir, generation);
        loop {
            let links = Links(dir.join("publishing"));
            let _ = std::fs::remove_dir_all(&links.0);
            std::fs::create_dir_all(&links.0).map_err(Fault::file(&links.0))?;
            let meta = std::fs::read(home.join(META)).map_err(Fault::file(home.join(META)))?;
            let metas = generation::open(dir, generation)?.load_metas()?;
            let segments = metas.segments.iter().map(|segment| segment.id().uuid_string()).collect();
            let linked = link_all(&home, &links.0, &segments);
            std::fs::write(links.0.join(META), &meta).map_err(Fault::file(&links.0))?;
            // a commit in between may have removed what the one before names
            if std::fs::read(home.join(META)).is_ok_and(|now| now == meta) {
                linked.map_err(Fault::file(&home))?;
                return Ok(Some(Self { generation, opstamp: metas.opstamp, links }));
            }
        }
    }

    pub fn files(&self) -> Vec<(String, PathBuf)> {
        let entries = std::fs::read_dir(&self.links.0).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
        files.sort();
        files
    }
}

/// Links every file that begins with the name of one of the segments.
fn link_all(from: &Path, to: &Path, segments: &BTreeSet<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.split('.').next().is_some_and(|segment| segments.contains(segment)) {
            std::fs::hard_link(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}
