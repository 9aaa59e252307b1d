//! Sign-in and error pages.

use askama::Template;

use crate::views::frame::Frame;

#[derive(Template)]
#[template(path = "portal/sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) frame: Frame,
    pub(crate) next: String,
    pub(crate) email: String,
    pub(crate) error: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/error.html")]
pub(crate) struct ErrorPage {
    pub(crate) frame: Frame,
    pub(crate) what: String,
    pub(crate) next_step: &'static str,
    pub(crate) status: u16,
}
