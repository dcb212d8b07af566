//! A QR code as one path.

use fast_qr::ECL;
use fast_qr::qr::QRBuilder;

use crate::error::DrawError;
use crate::palette::Colour;
use crate::scene::{Command, Path};

/// Blank modules around the code. Source: ISO/IEC 18004.
pub const QUIET_ZONE: f32 = 4.0;

/// Draws `code` into a square whose quiet zone starts at `x`, `y`.
///
/// Takes     `side`: of the whole square with its quiet zone.
/// Refuses   a code of more than about 2,300 bytes.
pub fn path(code: &str, x: f32, y: f32, side: f32, colour: Colour) -> Result<Path, DrawError> {
    let qr = QRBuilder::new(code).ecl(ECL::M).build().map_err(|_| DrawError::Code)?;
    let module = side / (qr.size as f32 + 2.0 * QUIET_ZONE);
    let place = |column: usize, row: usize| [x + (column as f32 + QUIET_ZONE) * module, y + (row as f32 + QUIET_ZONE) * module];
    let mut commands = Vec::new();
    for row in 0..qr.size {
        let mut column = 0;
        while column < qr.size {
            let start = column;
            while column < qr.size && qr[row][column].value() {
                column += 1;
            }
            if column > start {
                commands.extend([
                    Command::Move(place(start, row)),
                    Command::Line(place(column, row)),
                    Command::Line(place(column, row + 1)),
                    Command::Line(place(start, row + 1)),
                    Command::Close,
                ]);
            }
            column = column.max(start + 1);
        }
    }
    Ok(Path { commands, fill: Some(colour), stroke: None })
}

/// How many modules wide the square of `code` is, quiet zone included.
pub fn modules(code: &str) -> Result<usize, DrawError> {
    let qr = QRBuilder::new(code).ecl(ECL::M).build().map_err(|_| DrawError::Code)?;
    Ok(qr.size + 2 * QUIET_ZONE as usize)
}
