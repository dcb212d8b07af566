//! The keys that sign wallet passes: Apple's certificates, and a detached signature (CMS, RFC 5652) as its wallet wants it.

use std::error::Error;
use std::fmt;
use std::path::Path;

use cms::cert::x509::Certificate;
use cms::cert::x509::attr::Attribute;
use cms::cert::x509::der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use cms::cert::x509::der::{self, DateTime, Decode as _, Encode as _};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

use crate::settings::config::WalletFiles;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// Who signs passes, and in whose name.
pub struct Wallet {
    pub pass_type: String,
    pub team: String,
    certificate: Certificate,
    /// Of who gave out the certificate, for the chain.
    issuer: Certificate,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

impl Wallet {
    /// Reads certificates and key, each as PEM or DER.
    ///
    /// Refuses   what cannot be read, naming the file; a key that is not the certificate's.
    pub fn read(files: &WalletFiles) -> Outcome<Self> {
        let certificate = certificate(&files.certificate)?;
        let key = named(&files.key, key(&read(&files.key)?))?;
        if certificate.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes() != key.public() {
            return Err(format!("{} is not the key of {}", files.key.display(), files.certificate.display()).into());
        }
        let (pass_type, team) = (files.pass_type.clone(), files.team.clone());
        Ok(Self { pass_type, team, certificate, issuer: self::certificate(&files.issuer)?, key })
    }

    /// Signs `content` without holding it.
    ///
    /// Gives     a DER `ContentInfo` with both certificates.
    /// Cost      about 1 ms.
    pub fn sign(&self, content: &[u8], at: Timestamp) -> Outcome<Vec<u8>> {
        let digest_alg = AlgorithmIdentifierOwned { oid: SHA256, parameters: None };
        let attributes = attributes(content, at)?;
        // what is signed is the set by itself, not as it is tagged within its structure
        let signature = self.key.sign(&attributes.to_der()?)?;
        let tbs = &self.certificate.tbs_certificate;
        let (issuer, serial_number) = (tbs.issuer.clone(), tbs.serial_number.clone());
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber { issuer, serial_number }),
            digest_alg: digest_alg.clone(),
            signed_attrs: Some(attributes),
            signature_algorithm: self.key.algorithm(),
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let chain = [&self.certificate, &self.issuer].map(|one| CertificateChoices::Certificate(one.clone()));
        let data = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![digest_alg])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent: None },
            certificates: Some(chain.to_vec().try_into()?),
            crls: None,
            signer_infos: vec![signer].try_into()?,
        };
        Ok(ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data)? }.to_der()?)
    }
}

/// Says whose passes, and nothing of keys.
impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").field("pass_type", &self.pass_type).field("team", &self.team).finish_non_exhaustive()
    }
}

fn attributes(content: &[u8], at: Timestamp) -> Outcome<SetOfVec<Attribute>> {
    let attribute = |oid, value: Any| Ok::<_, der::Error>(Attribute { oid, values: SetOfVec::try_from(vec![value])? });
    let digest = OctetString::new(Sha256::digest(content).to_vec())?;
    let seconds = std::time::Duration::from_secs(at.as_second().unsigned_abs());
    let time = UtcTime::from_date_time(DateTime::from_unix_duration(seconds)?)?;
    let all = vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
        attribute(SIGNING_TIME, Any::encode_from(&time)?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&digest)?)?,
    ];
    Ok(SetOfVec::try_from(all)?)
}

impl Key {
    fn sign(&self, message: &[u8]) -> Outcome<Vec<u8>> {
        let random = SystemRandom::new();
        let failed = |_| "the system gives no random bytes";
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Self::Ecdsa(key) => Ok(key.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
        }
    }

    fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.public_key().as_ref(),
            Self::Ecdsa(key) => key.public_key().as_ref(),
        }
    }

    fn algorithm(&self) -> AlgorithmIdentifierOwned {
        match self {
            Self::Rsa(_) => AlgorithmIdentifierOwned { oid: RSA, parameters: Some(Any::null()) },
            Self::Ecdsa(_) => AlgorithmIdentifierOwned { oid: ECDSA_SHA256, parameters: None },
        }
    }
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    named(path, std::fs::read(path).map_err(Into::into))
}

/// An error that says which file it speaks of.
fn named<T>(path: &Path, result: Outcome<T>) -> Outcome<T> {
    result.map_err(|error| format!("{}: {error}", path.display()).into())
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

fn certificate(path: &Path) -> Outcome<Certificate> {
    let bytes = read(path)?;
    let parse = || {
        let der = if is_pem(&bytes) { CertificateDer::from_pem_slice(&bytes)? } else { CertificateDer::from_slice(&bytes) };
        Ok(Certificate::from_der(&der)?)
    };
    named(path, parse())
}

fn key(bytes: &[u8]) -> Outcome<Key> {
    let der = if is_pem(bytes) { PrivateKeyDer::from_pem_slice(bytes)? } else { PrivateKeyDer::try_from(bytes)?.clone_key() };
    let rejected = |error: ring::error::KeyRejected| format!("this key cannot sign: {error}");
    match &der {
        PrivateKeyDer::Pkcs1(der) => Ok(Key::Rsa(RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(rejected)?)),
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            if let Ok(key) = RsaKeyPair::from_pkcs8(der) {
                return Ok(Key::Rsa(key));
            }
            let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der, &SystemRandom::new());
            Ok(Key::Ecdsa(key.map_err(rejected)?))
        }
        _ => Err("must be an RSA key, or one of P-256 as PKCS#8".into()),
    }
}
