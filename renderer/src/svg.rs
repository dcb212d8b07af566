pub fn write(_: &crate::Scene) -> String { todo!() }
