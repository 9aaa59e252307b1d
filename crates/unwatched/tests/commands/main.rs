//! The helper's commands as a helper sees them: whole transcripts, compared with what is committed.
//! `UPDATE_EXPECT=1` writes them anew.

mod acquire;
mod case;
mod check;
mod desk;
mod ending;
mod evidence;
mod plan;
mod proven;
mod recalls;
mod reference;
mod releases;
mod signing;
mod update;
mod words;
