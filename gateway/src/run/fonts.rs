//! The renderer with the fonts of a folder, for scripts that the program does not bring.

use std::path::{Path, PathBuf};

use renderer::{DrawError, Renderer};

use crate::run::outcome::Outcome;

/// All files of a folder together: they stay in memory.
const MAX_BYTES: u64 = 512 << 20;

/// Makes the renderer.
///
/// Refuses   a folder that cannot be read, a file that is no font, more than 512 MiB.
pub fn renderer(folder: Option<&Path>) -> Outcome<Renderer> {
    let Some(folder) = folder else { return Ok(Renderer::new()?) };
    let paths = fonts_of(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let bytes = paths.iter().map(|path| Ok(path.metadata()?.len())).sum::<Outcome<u64>>()?;
    if bytes > MAX_BYTES {
        return Err(format!("{}: {bytes} bytes of fonts are more than {MAX_BYTES}", folder.display()).into());
    }
    let files = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    tracing::info!(fonts = files.len(), folder = %folder.display(), "fonts were added");
    Renderer::with_fonts(files).map_err(|error| match &error {
        DrawError::Added(n) => format!("{}: {error}", paths[*n].display()).into(),
        _ => error.into(),
    })
}

/// In the order of their names, which is the order in which they are asked.
fn fonts_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    let is_font = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        path.is_file() && ["ttf", "otf", "ttc"].contains(&ending.as_str())
    };
    let mut fonts: Vec<PathBuf> = paths.into_iter().filter(is_font).collect();
    fonts.sort();
    Ok(fonts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_fonts_are_taken_and_what_is_none_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let fonts = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/fonts/");
        std::fs::copy(format!("{fonts}NotoSansThai-Regular.ttf"), folder.path().join("a.TTF")).expect("copied");
        std::fs::write(folder.path().join("README"), "no font").expect("written");
        assert!(renderer(Some(folder.path())).is_ok());
        std::fs::write(folder.path().join("b.otf"), "no font").expect("written");
        let refused = renderer(Some(folder.path())).err().expect("refused").to_string();
        assert!(refused.contains("b.otf"), "{refused}");
        let absent = renderer(Some(&folder.path().join("absent"))).err().expect("refused").to_string();
        assert!(absent.contains("absent"), "{absent}");
        assert!(renderer(None).is_ok());
    }
}
