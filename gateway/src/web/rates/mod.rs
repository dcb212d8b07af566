//! How often and how much one may ask, class by class.

pub mod bucket;
pub mod class;
pub mod leafing;
pub mod limits;
pub mod routes;
pub mod watchers;
