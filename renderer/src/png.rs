pub fn encode(_: &tiny_skia::Pixmap, _: &crate::Scene) -> Result<Vec<u8>, crate::DrawError> { todo!() }
