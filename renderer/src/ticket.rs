pub fn scene(_: &crate::fonts::Fonts, _: &crate::TicketDrawing) -> Result<crate::Scene, crate::DrawError> { todo!() }
