//! prints follow
