pub fn scene(_: &crate::fonts::Fonts, _: &crate::SeatMapDrawing, _: u32) -> crate::Scene { todo!() }
