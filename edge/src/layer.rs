#[derive(Clone)]
pub struct EdgeLayer;
impl EdgeLayer { pub fn new(_c: crate::EdgeConfig) -> Self { Self } pub fn purger(&self) -> crate::Purger { crate::Purger } }
impl<S> tower::Layer<S> for EdgeLayer { type Service = S; fn layer(&self, s: S) -> S { s } }
