//! How often one may ask.
use crate::config::Config;
pub struct Limits;
impl Limits {
    pub fn new(_: &Config) -> Self {
        Self
    }
}
