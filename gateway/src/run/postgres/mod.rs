//! The embedded Postgres: a private cluster in the data directory, made from the machine's PostgreSQL programs.
//!
//! ```text
//! <data-dir>/postgres/cluster   the data, made by initdb in one rename
//!                    /run       the socket (mode 0700; a short path under /tmp where this one is too long)
//! <data-dir>/locks/postgres.*   gate: one program starts or stops at a time; users: shared by all that use it, the last one stops it
//! ```
//!
//! It listens on that socket and nowhere else, with fsync on. Killed or not, whatever is found is adopted or recovered.

mod cluster;
mod fault;
mod folders;
mod owner;
mod postmaster;
mod programs;
mod settings;

pub use cluster::Cluster;
pub use fault::PostgresFault;
pub use settings::Profile;
