//! Keys of the installation: the folder they lie in, and which of them are good.

pub mod key_folder;
pub mod keys;
