//! `POST`, `GET /tickets/{id}/print`.
