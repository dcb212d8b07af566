//! Who buys and who will sit there, as requests and orders say it.

use booking::Contact;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who buys, as tickets will say.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(example = "ada@example.com", max_length = 254)]
    pub email: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendeeBody {
    #[schema(example = "Grace Hopper", min_length = 1, max_length = 200)]
    pub name: String,
}

impl From<Contact> for ContactBody {
    fn from(contact: Contact) -> Self {
        let Contact { name, email } = contact;
        Self { name, email }
    }
}
