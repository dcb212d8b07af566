//! The `boxoffice` program.

fn main() {}
