//! What a file is, by its first bytes: names and declared types are not asked.

use super::wrong::Wrong;

/// In what a picture is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    Jpeg,
    Png,
    WebP,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// Its word in file names and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}

/// The format of a file.
///
/// Refuses   kind: what it is instead, as far as that shows.
pub fn kind(bytes: &[u8]) -> Result<Format, Wrong> {
    match bytes {
        [] => Err(Wrong::Empty),
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::WebP),
        [b'G', b'I', b'F', b'8', ..] => Err(Wrong::Kind("a GIF")),
        [b'B', b'M', ..] => Err(Wrong::Kind("a BMP")),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Err(Wrong::Kind("a TIFF")),
        [b'%', b'P', b'D', b'F', ..] => Err(Wrong::Kind("a PDF")),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Err(Wrong::Kind("an AVIF, a HEIC or a film")),
        text if is_markup(text) => Err(Wrong::Kind("an SVG or other markup")),
        _ => Err(Wrong::Kind("no picture that we know")),
    }
}

/// Markup begins with `<`, after a byte order mark and white space; in UTF-16 a zero stands beside it.
fn is_markup(bytes: &[u8]) -> bool {
    let marks = |byte: &&u8| !matches!(**byte, 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff) && !byte.is_ascii_whitespace();
    bytes.iter().take(1_000).find(marks) == Some(&b'<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let table: [(&[u8], Result<Format, Wrong>); 12] = [
            (b"", Err(Wrong::Empty)),
            (b"\xff\xd8\xff\xe0", Ok(Format::Jpeg)),
            (b"\x89PNG\r\n\x1a\n....", Ok(Format::Png)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Ok(Format::WebP)),
            (b"RIFF\0\0\0\0WAVE", Err(Wrong::Kind("no picture that we know"))),
            (b"GIF89a", Err(Wrong::Kind("a GIF"))),
            (b"\0\0\0\x1cftypavif", Err(Wrong::Kind("an AVIF, a HEIC or a film"))),
            (b"%PDF-1.7", Err(Wrong::Kind("a PDF"))),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Err(Wrong::Kind("an SVG or other markup"))),
            (b"\xef\xbb\xbf \n<?xml version='1.0'?><svg/>", Err(Wrong::Kind("an SVG or other markup"))),
            (b"\xff\xfe<\0s\0v\0g\0", Err(Wrong::Kind("an SVG or other markup"))),
            (b"hello", Err(Wrong::Kind("no picture that we know"))),
        ];
        for (bytes, wanted) in table {
            assert_eq!(kind(bytes), wanted, "{bytes:?}");
        }
    }

    #[test]
    fn a_format_is_read_by_its_own_word() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.as_str()), Some(format));
        }
        assert_eq!(Format::parse("gif"), None);
    }
}
