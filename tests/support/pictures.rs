//! Pictures made for tests, and forms that carry them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::clients::{Asked, Organiser};
use crate::reply::Reply;
use reqwest::Method;

/// A PNG of a red field over a blue one.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    written(width, height, ImageFormat::Png)
}

/// A red field over a blue one, in any format.
pub fn written(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let field = |_, y| if y < height / 2 { Rgb([200, 20, 20]) } else { Rgb([20, 20, 200]) };
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, field)).write_to(&mut bytes, format).expect("written");
    bytes.into_inner()
}

/// A form of `multipart/form-data`.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<u8>);

const BOUNDARY: &str = "owls-of-the-night-7f3a";

impl Form {
    /// What an organiser uploads: a file and its text.
    pub fn of(file: &[u8], alt: &str) -> Self {
        Self::default().file("owl.png", "image/png", file).text("alt", alt)
    }

    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        self.part(&format!("name=\"{name}\""), "", text.as_bytes())
    }

    #[must_use]
    pub fn file(self, name: &str, kind: &str, bytes: &[u8]) -> Self {
        self.part(&format!("name=\"file\"; filename=\"{name}\""), &format!("Content-Type: {kind}\r\n"), bytes)
    }

    fn part(mut self, names: &str, kind: &str, bytes: &[u8]) -> Self {
        self.0.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {names}\r\n{kind}\r\n").as_bytes());
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    /// The body, whole.
    pub fn body(mut self) -> Vec<u8> {
        self.0.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.0
    }

    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }
}

impl Organiser {
    /// Uploads an image.
    pub async fn upload(&self, file: &[u8], alt: &str) -> Reply {
        self.send_form(Method::POST, "/v1/images", Form::of(file, alt)).send().await
    }

    pub fn send_form(&self, method: Method, path: &str, form: Form) -> Asked {
        self.ask(method, path).body(&Form::content_type(), form.body())
    }
}
