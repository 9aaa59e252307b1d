//! A phone on the desk, live: the real `adb` and `adbd` with a made-up phone behind them, and a fake
//! of the protocol for what they cannot give (`rigs/android/`).

mod acquired;
mod changed;
mod close;
mod close_cut;
mod cut;
mod desk;
mod program;
mod pulled;
mod removal;
mod terminal;
mod ways;
