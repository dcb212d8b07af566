//! A response's body: whole in memory, or the service's own as it comes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

/// What a response's body may fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What the layer answers with.
#[derive(Debug)]
pub enum EdgeBody<B> {
    /// Kept or collected; `None` once it is sent.
    Whole(Option<Bytes>),
    /// Bytes that were already read, then the rest of a body that turned out too long to keep.
    Begun(Option<Bytes>, Pin<Box<B>>),
    /// Untouched.
    Stream(Pin<Box<B>>),
    /// Bytes that were read before the body failed, then the failure.
    Broken(Option<Bytes>, Option<BoxError>),
}

/// A body that was read as far as it may be kept.
#[derive(Debug)]
pub enum Collected<B> {
    Whole(Bytes),
    /// It is longer, or broke off.
    Other(EdgeBody<B>),
}

/// Reads a body of at most so many bytes; what is longer goes on from where the reading stopped.
pub async fn collect<B>(body: B, most: usize) -> Collected<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut body = Box::pin(body);
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) if read.is_empty() && body.is_end_stream() && data.len() <= most => return Collected::Whole(data),
            Ok(Ok(data)) => read.extend_from_slice(&data),
            // trailers: rare, and not worth keeping
            Ok(Err(_)) => {}
            Err(error) => return Collected::Other(EdgeBody::broken(read.freeze(), error.into())),
        }
        if read.len() > most {
            return Collected::Other(EdgeBody::Begun(Some(read.freeze()), body));
        }
    }
    Collected::Whole(read.freeze())
}

impl<B> EdgeBody<B> {
    pub fn empty() -> Self {
        Self::Whole(None)
    }

    pub fn broken(bytes: Bytes, error: BoxError) -> Self {
        Self::Broken(Some(bytes).filter(|bytes| !bytes.is_empty()), Some(error))
    }

    pub fn whole(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl<B> Body for EdgeBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Begun(begun @ Some(_), _) => Poll::Ready(begun.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Broken(begun @ Some(_), _) => Poll::Ready(begun.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Broken(None, error) => Poll::Ready(error.take().map(Err)),
            Self::Begun(None, rest) | Self::Stream(rest) => {
                let frame = ready!(rest.as_mut().poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Begun(begun, rest) => begun.is_none() && rest.is_end_stream(),
            Self::Broken(_, error) => error.is_none(),
            Self::Stream(rest) => rest.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Begun(..) | Self::Broken(..) => SizeHint::default(),
            Self::Stream(rest) => rest.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A body that comes in frames of which nobody knows the last before it is read, or all of whose length is known.
    struct Frames {
        left: VecDeque<Result<Bytes, std::io::Error>>,
        known: bool,
    }

    impl Body for Frames {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            Poll::Ready(self.left.pop_front().map(|data| data.map(Frame::data)))
        }
        fn is_end_stream(&self) -> bool {
            self.known && self.left.is_empty()
        }
        fn size_hint(&self) -> SizeHint {
            let length = self.left.iter().flatten().map(|bytes| bytes.len() as u64).sum();
            if self.known { SizeHint::with_exact(length) } else { SizeHint::default() }
        }
    }

    fn frames(of: &[&'static str], known: bool) -> Frames {
        Frames { left: of.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))).collect(), known }
    }

    #[tokio::test]
    async fn a_body_of_as_much_as_may_be_kept_is_collected_and_of_one_more_goes_on_whole() {
        for known in [true, false] {
            for whole in [&["12345678"][..], &["1234", "5678"], &["1", "", "2345678"]] {
                assert!(
                    matches!(collect(frames(whole, known), 8).await, Collected::Whole(read) if read == "12345678"),
                    "{whole:?} {known}"
                );
            }
            for longer in [&["123456789"][..], &["1234", "56789"], &["12345678", "9"]] {
                let Collected::Other(body @ EdgeBody::Begun(..)) = collect(frames(longer, known), 8).await else {
                    panic!("{longer:?} {known} is not kept")
                };
                assert_eq!(body.collect().await.expect("whole").to_bytes(), "123456789");
            }
        }
    }

    #[tokio::test]
    async fn what_comes_in_one_piece_is_not_copied() {
        let text = "12345678";
        let Collected::Whole(read) = collect(frames(&[text], true), 8).await else { panic!("it is kept") };
        assert_eq!(read.as_ptr(), text.as_ptr());
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_says_so_after_what_was_read() {
        for read in ["", "12"] {
            let mut broken = frames(&[read], false);
            broken.left.push_back(Err(std::io::Error::other("gone")));
            let Collected::Other(mut body) = collect(broken, 8).await else { panic!("nobody keeps half of it") };
            if !read.is_empty() {
                assert_eq!(body.frame().await.expect("a frame").expect("bytes").into_data().expect("data"), read);
            }
            assert!(!body.is_end_stream());
            assert_eq!(body.frame().await.expect("a frame").expect_err("the failure").to_string(), "gone");
            assert!(body.is_end_stream() && body.frame().await.is_none());
        }
    }

    #[tokio::test]
    async fn a_body_knows_its_length_and_its_end() {
        let hint = |body: &EdgeBody<Frames>| (body.size_hint().exact(), body.is_end_stream());
        assert_eq!(hint(&EdgeBody::empty()), (Some(0), true));
        assert_eq!(hint(&EdgeBody::whole(Bytes::new())), (Some(0), true));
        assert_eq!(hint(&EdgeBody::whole(Bytes::from_static(b"12"))), (Some(2), false));
        assert_eq!(hint(&EdgeBody::Stream(Box::pin(frames(&["123"], true)))), (Some(3), false));
        assert_eq!(hint(&EdgeBody::Stream(Box::pin(frames(&[], true)))), (Some(0), true));
        let begun = |bytes: Option<&'static str>, rest: &[&'static str]| {
            EdgeBody::Begun(bytes.map(|bytes| Bytes::from_static(bytes.as_bytes())), Box::pin(frames(rest, true)))
        };
        assert!(
            !begun(Some("1"), &[]).is_end_stream() && !begun(None, &["2"]).is_end_stream() && begun(None, &[]).is_end_stream()
        );
    }
}
