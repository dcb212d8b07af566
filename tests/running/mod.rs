//! The program as an operator meets it: wrong directories, full disks, changed keys.

mod admin;
mod audit;
mod feed;
mod keys;
mod nothing;
mod queue;
mod unreadable;
mod unwritable;
