//! The roof: many buyers, few seats, and a server that is killed in the middle; an auditor looks at what is left.

mod away;
mod broker;
pub mod crowd;
mod cut;
mod history;
mod index;
mod killed;
mod nodes;
mod prints;
pub mod program;
mod queue;
mod relayed;
mod waitlist;
