//! The users of the TicketOverflow interface: a mock service, whose list stands in a file or is made up.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use booking::Contact;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Another published interface over our verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FacadeName {
    Ticketoverflow,
}

impl FacadeName {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticketoverflow => "ticketoverflow",
        }
    }
}

/// Who may buy by the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: Uuid,
    pub name: String,
    pub email: String,
}

/// All users, in the order of their list.
#[derive(Debug, Clone)]
pub struct Users(Arc<Listed>);

#[derive(Debug)]
struct Listed {
    users: Vec<User>,
    places: HashMap<Uuid, usize>,
}

/// More than this is no list of users.
const MAX_USERS: usize = 200_000;
const MAX_FILE_BYTES: u64 = 64 << 20;

impl Users {
    /// Reads a JSON array of `{ id, name, email }`.
    pub fn read(path: &str) -> Result<Self, String> {
        let path = Path::new(path);
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        if std::fs::metadata(path).map_err(told)?.len() > MAX_FILE_BYTES {
            return Err(format!("{}: more than {MAX_FILE_BYTES} bytes", path.display()));
        }
        let bytes = std::fs::read(path).map_err(told)?;
        let users: Vec<User> = serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::of(users).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The list of 5,000 that stands in for a file: the same each time.
    pub fn made_up() -> Self {
        let all = LAST.iter().flat_map(|last| FIRST.iter().map(move |first| (*first, *last)));
        let user = |(n, (first, last)): (u128, (&str, &str))| User {
            id: Uuid::from_u128(n),
            name: format!("{first} {last}"),
            email: format!("{}.{}@example.org", first.to_lowercase(), last.to_lowercase()),
        };
        Self::of((1..).zip(all).map(user).collect()).unwrap_or_else(|why| unreachable!("made up to fit: {why}"))
    }

    fn of(users: Vec<User>) -> Result<Self, String> {
        if users.len() > MAX_USERS {
            return Err(format!("more than {MAX_USERS} users"));
        }
        let mut places = HashMap::with_capacity(users.len());
        for (place, user) in users.iter().enumerate() {
            user.contact().check().map_err(|wrong| format!("user {}: {wrong}", user.id))?;
            if places.insert(user.id, place).is_some() {
                return Err(format!("user {} is there twice", user.id));
            }
        }
        Ok(Self(Arc::new(Listed { users, places })))
    }

    pub fn all(&self) -> &[User] {
        &self.0.users
    }

    pub fn find(&self, id: Uuid) -> Option<&User> {
        self.0.places.get(&id).map(|place| &self.0.users[*place])
    }
}

impl User {
    /// As an order says who buys.
    pub fn contact(&self) -> Contact {
        Contact { name: self.name.clone(), email: self.email.clone() }
    }
}

const FIRST: [&str; 50] = [
    "Ada", "Alan", "Amara", "Anders", "Aroha", "Asha", "Beatriz", "Bo", "Carmen", "Chidi", "Clara", "Dara", "Edith", "Elif",
    "Emil", "Farah", "Finn", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jomo", "Judith", "Kai", "Kirra", "Lars", "Leila", "Liam",
    "Lucia", "Maeve", "Malik", "Mei", "Mirjam", "Nadia", "Noor", "Olga", "Omar", "Pedro", "Priya", "Quinn", "Rosa", "Ruth",
    "Sami", "Sofia", "Tane", "Tove", "Uma", "Wren", "Yuki",
];
const LAST: [&str; 100] = [
    "Abara", "Adler", "Ahmed", "Alvarez", "Amsel", "Andersen", "Archer", "Baker", "Barros", "Becker", "Bell", "Bianchi", "Blum",
    "Brandt", "Brook", "Campbell", "Chen", "Clarke", "Costa", "Dahl", "Diaz", "Dubois", "Eklund", "Engel", "Evans", "Falk",
    "Farrell", "Fischer", "Fontaine", "Foster", "Garcia", "Gray", "Haddad", "Hansen", "Harper", "Hayes", "Hirsch", "Holm",
    "Hughes", "Ibarra", "Ito", "Jansen", "Joshi", "Kaya", "Keller", "Khan", "Kim", "Klein", "Kowalski", "Larsen", "Laurent",
    "Lehmann", "Lewis", "Lind", "Lopez", "Maier", "Martin", "Mendes", "Mercer", "Mills", "Moreau", "Morgan", "Murphy", "Nakata",
    "Nguyen", "Nilsson", "Novak", "Nowak", "Okafor", "Olsen", "Ortiz", "Osei", "Palmer", "Patel", "Perez", "Petit", "Popov",
    "Price", "Quist", "Rahman", "Reid", "Ricci", "Rivera", "Roth", "Santos", "Sato", "Schmidt", "Shah", "Silva", "Singh",
    "Sommer", "Stone", "Tanaka", "Tran", "Vargas", "Vogel", "Walker", "Weber", "Wong", "Zhou",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn read(text: &str) -> Result<Users, String> {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("users.json");
        std::fs::write(&file, text).expect("written");
        Users::read(file.to_str().expect("a plain path"))
    }

    #[test]
    fn five_thousand_are_made_up_each_another_and_always_the_same() {
        let users = Users::made_up();
        let emails: HashSet<&str> = users.all().iter().map(|user| user.email.as_str()).collect();
        assert_eq!((users.all().len(), emails.len()), (5_000, 5_000));
        assert_eq!(users.all(), Users::made_up().all());
        let last = users.find(Uuid::from_u128(5_000)).expect("the last");
        assert_eq!((last.name.as_str(), last.email.as_str()), ("Yuki Zhou", "yuki.zhou@example.org"));
        assert_eq!(users.find(Uuid::from_u128(5_001)), None);
    }

    #[test]
    fn a_list_that_makes_no_sense_says_why() {
        let ada = r#"{"id":"00000000-0000-0000-0000-000000000001","name":"Ada","email":"ada@example.org"}"#;
        assert_eq!(read(&format!("[{ada}]")).expect("a list").all().len(), 1);
        for (text, why) in [
            (format!("[{ada},{ada}]"), "is there twice"),
            ("{}".to_owned(), "expected a sequence"),
            (ada.replace("ada@example.org", "nobody"), "expected a sequence"),
            (format!("[{}]", ada.replace("ada@example.org", "nobody")), "must be an e-mail address"),
            (format!("[{}]", ada.replace("\"Ada\"", "\" \"")), "contact.name"),
            (format!("[{}]", ada.replace("0001", "000x")), "UUID"),
        ] {
            let told = read(&text).map(|users| users.all().len()).expect_err(&text);
            assert!(told.contains(why), "{told}");
        }
        assert!(Users::read("/nowhere/users.json").expect_err("no file").contains("/nowhere/users.json"));
    }
}
