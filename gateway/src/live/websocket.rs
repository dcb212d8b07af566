//! The WebSocket protocol as far as it is needed (RFC 6455): we tell, clients answer pings and say goodbye.

/// Opcodes, section 5.2.
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING_OPCODE: u8 = 9;
const PONG: u8 = 10;

/// An empty ping.
pub const PING: [u8; 2] = [0x80 | PING_OPCODE, 0];

/// Why a connection is closed, section 7.4.1.
pub const PROTOCOL: u16 = 1002;
pub const UNSUPPORTED: u16 = 1003;
pub const NOT_TEXT: u16 = 1007;
pub const POLICY: u16 = 1008;
pub const TOO_BIG: u16 = 1009;

/// The longest control frame, section 5.5; nothing else is taken from clients.
const LONGEST: usize = 125;
/// Opcode, length, mask.
const HEAD: usize = 6;

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlFrame {
    /// To be sent back, section 5.5.3.
    Ping(Vec<u8>),
    Pong,
    /// It says goodbye, with a code or without.
    Close(Option<u16>),
}

/// One message as one frame of the server: whole and not masked.
pub fn frame(opcode: u8, message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(message.len() + 10);
    bytes.push(0x80 | opcode);
    match message.len() {
        length @ ..=LONGEST => bytes.push(length as u8),
        length @ ..=0xffff => {
            bytes.push(126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(message);
    bytes
}

/// The frame that says goodbye.
pub fn close(code: Option<u16>) -> Vec<u8> {
    frame(CLOSE, code.map(u16::to_be_bytes).as_ref().map_or(&[], |code| code.as_slice()))
}

/// The frame that answers a ping.
pub fn pong(message: &[u8]) -> Vec<u8> {
    frame(PONG, message)
}

/// Reads the first frame of what a client sent, and how many bytes it is; none while more must come, at most 131 bytes.
///
/// Refuses   by the code to close with: `PROTOCOL` for what is not masked, has reserved bits or opcodes, or is a control frame in pieces
///           or longer than 125 bytes; `TOO_BIG` for messages longer than that, `UNSUPPORTED` for all others.
pub fn read(bytes: &[u8]) -> Result<Option<(ControlFrame, usize)>, u16> {
    let &[first, second, ..] = bytes else { return Ok(None) };
    let (last, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0f);
    let (masked, length) = (second & 0x80 != 0, usize::from(second & 0x7f));
    if reserved != 0 || !masked {
        return Err(PROTOCOL);
    }
    match opcode {
        TEXT | BINARY => return Err(if length > LONGEST { TOO_BIG } else { UNSUPPORTED }),
        CLOSE | PING_OPCODE | PONG if last && length <= LONGEST => {}
        _ => return Err(PROTOCOL),
    }
    let Some(frame) = bytes.get(..HEAD + length) else { return Ok(None) };
    let (mask, message) = (&frame[2..HEAD], &frame[HEAD..]);
    let message: Vec<u8> = message.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    let heard = match opcode {
        PING_OPCODE => ControlFrame::Ping(message),
        PONG => ControlFrame::Pong,
        _ => ControlFrame::Close(goodbye(&message)?),
    };
    Ok(Some((heard, frame.len())))
}

/// The code of a goodbye: one that may be sent (section 7.4), and a reason in UTF-8.
fn goodbye(message: &[u8]) -> Result<Option<u16>, u16> {
    match message {
        [] => Ok(None),
        [_] => Err(PROTOCOL),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let known = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            let readable = std::str::from_utf8(reason).is_ok();
            if !known {
                Err(PROTOCOL)
            } else if readable {
                Ok(Some(code))
            } else {
                Err(NOT_TEXT)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client's frame, masked.
    fn client(first: u8, message: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 4];
        let length = u8::try_from(message.len()).expect("short");
        let masked = message.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        [first, 0x80 | length].into_iter().chain(mask).chain(masked).collect()
    }

    #[test]
    fn lengths_are_written_in_the_shortest_way() {
        for (length, head) in [
            (0, vec![0x82, 0]),
            (125, vec![0x82, 125]),
            (126, vec![0x82, 126, 0, 126]),
            (65_535, vec![0x82, 126, 255, 255]),
            (65_536, vec![0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let bytes = frame(BINARY, &vec![7; length]);
            assert_eq!((&bytes[..head.len()], bytes.len()), (&head[..], head.len() + length));
        }
    }

    #[test]
    fn pings_pongs_and_goodbyes_are_understood() {
        for (sent, heard) in [
            (client(0x89, b"abcdefg"), ControlFrame::Ping(b"abcdefg".to_vec())),
            (client(0x89, &[]), ControlFrame::Ping(Vec::new())),
            (client(0x8a, &[9; 125]), ControlFrame::Pong),
            (client(0x88, &[]), ControlFrame::Close(None)),
            (client(0x88, &[3, 232]), ControlFrame::Close(Some(1000))),
            (client(0x88, b"\x0f\xa0bye"), ControlFrame::Close(Some(4000))),
        ] {
            for part in 0..sent.len() {
                assert_eq!(read(&sent[..part]), Ok(None), "{part} of {sent:?}");
            }
            let more = [&sent[..], &[0x89]].concat();
            assert_eq!(read(&more), Ok(Some((heard, sent.len()))));
        }
    }

    #[test]
    fn what_the_protocol_forbids_closes_the_connection() {
        let unmasked = |first: u8, length: u8| vec![first, length];
        for (sent, code) in [
            (unmasked(0x89, 0), PROTOCOL),
            (unmasked(0x81, 5), PROTOCOL),
            (client(0xc9, &[]), PROTOCOL),
            (client(0x83, &[]), PROTOCOL),
            (client(0x8b, &[]), PROTOCOL),
            (client(0x09, &[]), PROTOCOL),
            (client(0x80, &[]), PROTOCOL),
            (vec![0x89, 0x80 | 126], PROTOCOL),
            (vec![0x88, 0x80 | 127], PROTOCOL),
            (vec![0x82, 0x80 | 127], TOO_BIG),
            (vec![0x01, 0x80 | 126], TOO_BIG),
            (client(0x81, b"hello"), UNSUPPORTED),
            (client(0x82, &[]), UNSUPPORTED),
            (client(0x88, &[3]), PROTOCOL),
            (client(0x88, &[3, 237]), PROTOCOL),
            (client(0x88, &[0, 1]), PROTOCOL),
            (client(0x88, &[3, 232, 0xff]), NOT_TEXT),
        ] {
            assert_eq!(read(&sent), Err(code), "{sent:?}");
        }
    }
}
