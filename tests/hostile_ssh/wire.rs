//! The packets of SSH (RFC 4253), as far as a server of one cipher needs them.

use std::io::{Error, Read, Result, Write};
use std::net::TcpStream;

use openssl::derive::Deriver;
use openssl::pkey::{Id, PKey, Private};
use openssl::sha::sha256;
use openssl::sign::Signer;
use openssl::symm::{Cipher, Crypter, Mode};

pub const BANNER: &str = "SSH-2.0-hostile";

/// What the server offers; empty lists of compression and languages follow.
pub const METHODS: [&str; 6] = [
    "curve25519-sha256",
    "ssh-ed25519",
    "aes256-ctr",
    "aes256-ctr",
    "hmac-sha2-256",
    "hmac-sha2-256",
];

struct Keys {
    cipher: Crypter,
    mac: PKey<Private>,
}

/// One direction of a connection.
#[derive(Default)]
struct Direction {
    count: u32,
    keys: Option<Keys>,
}

impl Direction {
    fn crypt(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(keys) = &mut self.keys else { return bytes.to_vec() };
        let mut out = vec![0; bytes.len() + 16];
        let length = keys.cipher.update(bytes, &mut out).unwrap();
        out.truncate(length);
        out
    }

    fn mac(&self, packet: &[u8]) -> Vec<u8> {
        let Some(keys) = &self.keys else { return Vec::new() };
        let mut signer = Signer::new(openssl::hash::MessageDigest::sha256(), &keys.mac).unwrap();
        signer.update(&self.count.to_be_bytes()).unwrap();
        signer.update(packet).unwrap();
        signer.sign_to_vec().unwrap()
    }
}

pub struct Wire {
    pub stream: TcpStream,
    incoming: Direction,
    outgoing: Direction,
}

pub fn string(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [&u32::try_from(text.len()).unwrap().to_be_bytes(), text].concat()
}

/// The string at the beginning, and what follows it.
pub fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = bytes.split_at(4);
    rest.split_at(number(length) as usize)
}

pub fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().unwrap())
}

impl Wire {
    pub fn new(stream: TcpStream) -> Wire {
        Wire { stream, incoming: Direction::default(), outgoing: Direction::default() }
    }

    pub fn send(&mut self, payload: &[u8]) -> Result<()> {
        let padding = 4 + (16 - (payload.len() + 9) % 16);
        let length = u32::try_from(payload.len() + padding + 1).unwrap();
        let mut packet = length.to_be_bytes().to_vec();
        packet.push(u8::try_from(padding).unwrap());
        packet.extend_from_slice(payload);
        packet.resize(packet.len() + padding, 0);
        let mac = self.outgoing.mac(&packet);
        let packet = self.outgoing.crypt(&packet);
        self.outgoing.count = self.outgoing.count.wrapping_add(1);
        self.stream.write_all(&[packet, mac].concat())
    }

    pub fn receive(&mut self) -> Result<Vec<u8>> {
        let mut first = [0; 16];
        self.stream.read_exact(&mut first)?;
        let mut packet = self.incoming.crypt(&first);
        let length = number(&packet) as usize;
        if length > 300_000 {
            return Err(Error::other("not a packet"));
        }
        let mut rest = vec![0; length + 4 - 16];
        self.stream.read_exact(&mut rest)?;
        packet.extend(self.incoming.crypt(&rest));
        if self.incoming.keys.is_some() {
            self.stream.read_exact(&mut [0; 32])?;
        }
        self.incoming.count += 1;
        let padding = usize::from(packet[4]);
        Ok(packet[5..packet.len() - padding].to_vec())
    }

    /// Both banners; returns the client's.
    pub fn banners(&mut self) -> Result<String> {
        self.stream.write_all(format!("{BANNER}\r\n").as_bytes())?;
        let mut line = Vec::new();
        let mut byte = [0];
        while byte[0] != b'\n' {
            self.stream.read_exact(&mut byte)?;
            line.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Our message with these methods.
    pub fn offer(&mut self, methods: [&str; 6]) -> Result<Vec<u8>> {
        let mut offer = vec![20];
        offer.extend([7; 16]);
        offer.extend(methods.iter().flat_map(string));
        offer.extend(["none", "none", "", ""].iter().flat_map(string));
        offer.extend([0; 5]);
        self.send(&offer)?;
        Ok(offer)
    }

    /// The rest of the key exchange, with an ed25519 host key.
    pub fn exchange(
        &mut self,
        client: &str,
        offers: [Vec<u8>; 2],
        init: &[u8],
        host_key: &PKey<Private>,
    ) -> Result<()> {
        let (theirs, _) = split(&init[1..]);
        let own = PKey::generate_x25519().unwrap();
        let their_key = PKey::public_key_from_raw_bytes(theirs, Id::X25519).unwrap();
        let mut deriver = Deriver::new(&own).unwrap();
        deriver.set_peer(&their_key).unwrap();
        let mut secret = deriver.derive_to_vec().unwrap();
        while secret.first() == Some(&0) {
            secret.remove(0);
        }
        if secret[0] >= 0x80 {
            secret.insert(0, 0);
        }
        let secret = string(secret);
        let public = own.raw_public_key().unwrap();
        let host = [string("ssh-ed25519"), string(host_key.raw_public_key().unwrap())].concat();
        let [their_offer, our_offer] = offers;
        let parts = [client.as_bytes(), BANNER.as_bytes(), &their_offer, &our_offer, &host, theirs];
        let mut hashed: Vec<u8> = parts.iter().flat_map(string).collect();
        hashed.extend(string(&public));
        hashed.extend(&secret);
        let hash = sha256(&hashed);
        let mut signer = Signer::new_without_digest(host_key).unwrap();
        let signature = signer.sign_oneshot_to_vec(&hash).unwrap();
        let signature = [string("ssh-ed25519"), string(signature)].concat();
        self.send(&[vec![31], string(&host), string(&public), string(&signature)].concat())?;
        self.send(&[21])?;
        let key = |letter: u8| sha256(&[&secret[..], &hash, &[letter], &hash].concat());
        let keys = |iv, cipher, mac, mode| Keys {
            cipher: Crypter::new(Cipher::aes_256_ctr(), mode, &key(cipher), Some(&key(iv)[..16]))
                .unwrap(),
            mac: PKey::hmac(&key(mac)).unwrap(),
        };
        self.outgoing.keys = Some(keys(b'B', b'D', b'F', Mode::Encrypt));
        assert_eq!(self.receive()?, [21]);
        self.incoming.keys = Some(keys(b'A', b'C', b'E', Mode::Decrypt));
        Ok(())
    }
}
