//! The code on a ticket: who is let in, signed, so that a door can check it without a network.
//!
//! ```text
//! BXO1.<base32>   ← version 1 · key id 4 bytes · ticket 16 · event 16 · edition 4 (big-endian) · Ed25519 signature 64
//! ```
//!
//! Base32 (RFC 4648, no padding) keeps to the QR code's alphanumeric alphabet: 10 % longer than the bytes in the picture,
//! where base64 would be 33 %; and it can be a URL's part as it is. Deterministic: a ticket's edition has one code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::id::{EventId, TicketId};
use crate::order_number::CROCKFORD;

const PREFIX: &str = "BXO1.";
const VERSION: u8 = 1;
const CLAIMS_LEN: usize = 41;
const CODE_LEN: usize = CLAIMS_LEN + 64;
/// Keeps a signature made for a ticket from meaning anything else.
const CONTEXT: &[u8] = b"boxoffice ticket code 1\0";

/// What a code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketClaims {
    pub ticket: TicketId,
    pub event: EventId,
    pub edition: u32,
}

/// Why a code is no ticket, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    #[error("this is not a ticket code")]
    Malformed,
    #[error("the code's key is not known here")]
    UnknownKey,
    #[error("the code's signature is wrong")]
    Forged,
}

/// The first four bytes of the SHA-256 of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TicketKeyId(pub [u8; 4]);

/// The key that signs codes.
pub struct TicketSigner {
    key: SigningKey,
    id: TicketKeyId,
}

/// A public key that verifies codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketKey {
    key: VerifyingKey,
    id: TicketKeyId,
}

/// The body of `/.well-known/boxoffice-keys.json`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeySet {
    pub keys: Vec<Jwk>,
}

/// A public key as JSON. Source: RFC 8037 section 2.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Jwk {
    pub kty: String,
    pub crv: String,
    pub alg: String,
    #[serde(rename = "use")]
    pub usage: String,
    pub kid: String,
    /// base64url of the 32 bytes.
    pub x: String,
}

impl TicketSigner {
    /// The key of a secret seed: 32 random bytes, kept in the data directory.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let id = TicketKeyId::of(&key.verifying_key());
        Self { key, id }
    }

    pub fn public(&self) -> TicketKey {
        TicketKey { key: self.key.verifying_key(), id: self.id }
    }

    /// Signs what a ticket claims.
    ///
    /// Gives     the code: 173 characters of `A-Z2-7.`; the same claims give the same code.
    /// Cost      25 µs.
    pub fn sign(&self, claims: &TicketClaims) -> String {
        let mut bytes = Vec::with_capacity(CODE_LEN);
        bytes.push(VERSION);
        bytes.extend(self.id.0);
        bytes.extend(claims.ticket.0.as_bytes());
        bytes.extend(claims.event.0.as_bytes());
        bytes.extend(claims.edition.to_be_bytes());
        let signature = self.key.sign(&message(&bytes));
        bytes.extend(signature.to_bytes());
        format!("{PREFIX}{}", base32(&bytes))
    }
}

/// Signs what a ticket claims: [`TicketSigner::sign`].
pub fn sign(signer: &TicketSigner, claims: &TicketClaims) -> String {
    signer.sign(claims)
}

/// Verifies a code against the known public keys.
///
/// Takes     `code`: as scanned, either case, blanks around it.
/// Refuses   malformed, unknown key, forged: the first that applies.
/// Cost      45 µs.
pub fn verify(code: &str, keys: &[TicketKey]) -> Result<TicketClaims, CodeError> {
    let text = code.trim().to_ascii_uppercase();
    let bytes = text.strip_prefix(PREFIX).and_then(unbase32).ok_or(CodeError::Malformed)?;
    if bytes.len() != CODE_LEN || bytes[0] != VERSION {
        return Err(CodeError::Malformed);
    }
    let (claims, signature) = bytes.split_at(CLAIMS_LEN);
    let key = keys.iter().find(|key| key.id.0 == claims[1..5]).ok_or(CodeError::UnknownKey)?;
    let signature = Signature::from_slice(signature).map_err(|_| CodeError::Malformed)?;
    key.key.verify_strict(&message(claims), &signature).map_err(|_| CodeError::Forged)?;
    Ok(TicketClaims {
        ticket: TicketId(uuid(&claims[5..21])),
        event: EventId(uuid(&claims[21..37])),
        edition: claims.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes)),
    })
}

/// What people read out at a door when nothing scans: twelve characters of the ticket id's random part.
pub fn short(ticket: TicketId) -> String {
    let random = ticket.0.as_u128() & ((1 << 60) - 1);
    let letter = |n: u32| char::from(CROCKFORD[(random >> (55 - 5 * n)) as usize & 31]);
    let group = |g: u32| (0..4).map(|n| letter(4 * g + n)).collect::<String>();
    format!("{}-{}-{}", group(0), group(1), group(2))
}

impl TicketKeyId {
    fn of(key: &VerifyingKey) -> Self {
        let hash = Sha256::digest(key.as_bytes());
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

/// Eight hexadecimal digits.
impl std::fmt::Display for TicketKeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl TicketKey {
    pub fn id(&self) -> TicketKeyId {
        self.id
    }

    pub fn to_jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            usage: "sig".to_owned(),
            kid: self.id.to_string(),
            x: URL_SAFE_NO_PAD.encode(self.key.as_bytes()),
        }
    }

    /// Reads a published key back; `None` if it is no Ed25519 key.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(&jwk.x).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok().filter(|_| jwk.kty == "OKP" && jwk.crv == "Ed25519")?;
        Some(Self { id: TicketKeyId::of(&key), key })
    }
}

/// The published form of all keys whose codes are still valid.
pub fn key_set<'a>(keys: impl IntoIterator<Item = &'a TicketKey>) -> KeySet {
    KeySet { keys: keys.into_iter().map(TicketKey::to_jwk).collect() }
}

fn message(claims: &[u8]) -> Vec<u8> {
    [CONTEXT, claims].concat()
}

fn uuid(bytes: &[u8]) -> Uuid {
    Uuid::from_slice(bytes).unwrap_or_default()
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in bytes {
        buffer = (buffer & 0xFF) << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(buffer >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(buffer << (5 - bits)) as usize & 31]));
    }
    text
}

/// One text for one code: bits left over must be zero.
fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|known| *known == letter)? as u32;
        buffer = (buffer & 0xFF) << 5 | value;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    (bits < 5 && buffer & ((1 << bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> TicketClaims {
        TicketClaims {
            ticket: TicketId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0abc)),
            event: EventId(Uuid::from_u128(7)),
            edition: 66_051,
        }
    }

    #[test]
    fn a_signed_code_verifies_and_says_what_was_signed() {
        let signer = TicketSigner::from_seed(&[7; 32]);
        let code = signer.sign(&claims());
        assert_eq!(code.len(), 173);
        assert_eq!(verify(&code, &[signer.public()]), Ok(claims()));
        assert_eq!(verify(&format!(" {} ", code.to_lowercase()), &[signer.public()]), Ok(claims()));
        assert_eq!(code, sign(&signer, &claims()));
    }

    #[test]
    fn no_letter_of_a_code_can_be_changed() {
        let signer = TicketSigner::from_seed(&[7; 32]);
        let code = signer.sign(&claims());
        for at in 0..code.len() {
            let other = if code.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = code.clone();
            changed.replace_range(at..=at, other);
            assert!(verify(&changed, &[signer.public()]).is_err(), "letter {at}");
        }
    }

    #[test]
    fn refusals_come_in_their_order() {
        let (signer, other) = (TicketSigner::from_seed(&[7; 32]), TicketSigner::from_seed(&[8; 32]));
        let code = signer.sign(&claims());
        let mut posing = other.public();
        posing.id = signer.id;
        assert_eq!(verify(&code, &[posing]), Err(CodeError::Forged));
        assert_eq!(verify(&code, &[other.public()]), Err(CodeError::UnknownKey));
        assert_eq!(verify(&code, &[]), Err(CodeError::UnknownKey));
        for wrong in ["", "BXO1.", "BXO2.AAAA", "BXO1.AAAA", "BXO1.1", "é", &code[..code.len() - 1], &format!("{code}A")] {
            assert_eq!(verify(wrong, &[signer.public()]), Err(CodeError::Malformed), "{wrong}");
        }
    }

    #[test]
    fn published_keys_verify() {
        let signer = TicketSigner::from_seed(&[7; 32]);
        let json = serde_json::to_string(&key_set([&signer.public()])).expect("JSON");
        let set: KeySet = serde_json::from_str(&json).expect("a key set");
        let keys: Vec<_> = set.keys.iter().filter_map(TicketKey::from_jwk).collect();
        assert_eq!(verify(&signer.sign(&claims()), &keys), Ok(claims()));
        assert!(json.contains(r#""kty":"OKP""#) && json.contains(r#""use":"sig""#));
        let key = &set.keys[0];
        assert_eq!(key.kid, format!("{:08x}", u32::from_be_bytes(signer.public().id().0)));
        for other in [Jwk { kty: "EC".to_owned(), ..key.clone() }, Jwk { crv: "X25519".to_owned(), ..key.clone() }] {
            assert!(TicketKey::from_jwk(&other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_short_code_is_made_of_the_random_bits() {
        assert_eq!(short(claims().ticket), "0000-0000-02NW");
    }

    proptest::proptest! {
        #[test]
        fn base32_reads_back(bytes: Vec<u8>) {
            proptest::prop_assert_eq!(unbase32(&base32(&bytes)), Some(bytes));
        }
    }
}
