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
