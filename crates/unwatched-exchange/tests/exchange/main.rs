//! The exchange as its callers meet it: a real server on a free port, and the program itself.
//! Rooms mirror the tree of addresses. `UPDATE_EXPECT=1` writes committed expectations anew.

mod access;
mod api;
mod attacks;
mod audit;
mod backup;
mod cli;
mod clients;
mod community;
mod defects;
mod doctor;
mod downloads;
mod engines;
mod expect;
mod feeds;
mod feeds_http;
mod hostile;
mod jobs;
mod mvt;
mod reference;
mod retention;
mod rig;
mod signing;
mod taxii;
mod traced;
