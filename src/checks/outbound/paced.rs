//! A connection that no server can keep a thread busy with.
//!
//! The client reads as long as there is something to read. From a server that sends without end, such as one
//! interim answer after the other, that is for ever, and nobody else on the thread would have a turn.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;

/// The most bytes of one read. This also bounds the buffer that the client keeps for each connection.
const MAX_READ: usize = 16 * 1024;
/// Reads in a row after which others have their turn.
const IN_A_ROW: u8 = 8;

/// Connects.
#[derive(Debug, Clone)]
pub(super) struct Connector(pub(super) HttpConnector);

/// What comes of connecting.
type Connecting = <HttpConnector as Service<Uri>>::Future;
type Paces = fn(TokioIo<TcpStream>) -> TokioIo<Paced>;

impl Service<Uri> for Connector {
    type Response = TokioIo<Paced>;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = futures_util::future::MapOk<Connecting, Paces>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let paced: Paces = |stream| TokioIo::new(Paced { stream: stream.into_inner(), in_a_row: 0 });
        futures_util::TryFutureExt::map_ok(self.0.call(to), paced)
    }
}

/// A connection that pauses between reads.
#[derive(Debug)]
pub(super) struct Paced {
    stream: TcpStream,
    in_a_row: u8,
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.in_a_row >= IN_A_ROW {
            self.in_a_row = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.in_a_row += 1;
        let stream = Pin::new(&mut self.stream);
        let read = if into.remaining() <= MAX_READ {
            // The usual case, in which nothing has to be zeroed first.
            stream.poll_read(context, into)
        } else {
            let mut part = ReadBuf::new(into.initialize_unfilled_to(MAX_READ));
            let read = stream.poll_read(context, &mut part);
            let filled = part.filled().len();
            into.advance(filled);
            read
        };
        if read.is_pending() {
            self.in_a_row = 0;
        }
        read
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connection for Paced {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}
