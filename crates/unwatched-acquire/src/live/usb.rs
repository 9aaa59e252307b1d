//! Our own connection over a USB cable, and what is seen on the cable: whether there is a phone at
//! all, and whether it offers debugging. Looking sends nothing to the phone.

use nusb::transfer::{Buffer, Bulk, Completion, In, Out, TransferError};
use nusb::{DeviceInfo, Endpoint, ErrorKind, Interface, InterfaceInfo, MaybeFuture as _};

use super::channel::PIECE;
use super::clock::Deadline;
use super::listed::Listed;
use super::names::Serial;
use super::states::State;
use super::trouble::Trouble;
use super::wire::Wire;

/// How debugging announces itself on a cable: of the vendor's own class, with these numbers.
const DEBUGGING: (u8, u8, u8) = (0xff, 0x42, 0x01);
/// Class and subclass of what transfers files or pictures.
const FILES: (u8, u8) = (6, 1);
/// Classes of keyboards, printers, disks, hubs, cameras and radio adapters: what hangs on a computer
/// beside phones, some of it of the same makers.
const NO_PHONE: [u8; 6] = [0x03, 0x07, 0x08, 0x09, 0x0e, 0xe0];
/// The numbers of companies that make phones, for phones that offer nothing but power.
const MAKERS: [u16; 18] = [
    0x18d1, // Google
    0x04e8, // Samsung
    0x2717, // Xiaomi
    0x12d1, // Huawei
    0x339b, // Honor
    0x22d9, // OPPO, realme
    0x2a70, // OnePlus
    0x2d95, // vivo
    0x22b8, // Motorola
    0x0fce, // Sony
    0x1004, // LG
    0x0bb4, // HTC
    0x2e04, // HMD
    0x0421, // Nokia
    0x19d2, // ZTE
    0x1bbb, // TCL, Alcatel
    0x2ae5, // Fairphone
    0x1ebf, // Coolpad
];

/// What is seen on the cables.
#[derive(Default)]
pub(super) struct Seen {
    /// Whether this system let anybody look.
    pub(super) could_look: bool,
    /// Phones that offer debugging.
    phones: Vec<DeviceInfo>,
    /// Whether a phone is there that transfers files, but offers no debugging.
    without_debugging: bool,
    /// Whether something of a phone's maker is there that offers neither.
    charging: bool,
}

impl Seen {
    /// Looks. Where the system does not tell, nothing is seen.
    pub(super) fn look() -> Self {
        let mut seen = Self::default();
        let Ok(devices) = nusb::list_devices().wait() else { return seen };
        seen.could_look = true;
        for device in devices {
            let is_of_maker = MAKERS.contains(&device.vendor_id());
            if device.interfaces().any(is_debugging) {
                seen.phones.push(device);
            } else if is_of_maker {
                let files = |part: &InterfaceInfo| (part.class(), part.subclass()) == FILES;
                let files = device.interfaces().any(|part| files(part) || names_files(part));
                let other = device.interfaces().any(|part| NO_PHONE.contains(&part.class()));
                seen.without_debugging |= files;
                seen.charging |= !files && !other;
            }
        }
        seen
    }

    /// What is the case when no phone offers debugging.
    pub(super) fn without_phones(&self) -> State {
        if self.without_debugging {
            State::DebuggingOff
        } else if self.charging {
            State::ChargeOnly
        } else {
            State::NoPhone
        }
    }

    /// The phones that offer debugging.
    pub(super) fn listed(&self) -> Vec<Listed> {
        self.phones.iter().filter_map(listed).collect()
    }

    /// What each is called, and why it could not be opened. One that could is let go at once, and
    /// nothing is said to it.
    pub(super) fn tried(&self) -> Vec<(Option<String>, Option<Trouble>)> {
        let tried = |device: &DeviceInfo| {
            let model = listed(device).and_then(|listed| listed.model);
            (model, Cable::open(device).err())
        };
        self.phones.iter().map(tried).collect()
    }

    /// Opens one.
    pub(super) fn open(&self, serial: &Serial) -> Result<Cable, Trouble> {
        let is_it = |device: &&DeviceInfo| listed(device).is_some_and(|l| l.serial == *serial);
        let device = self.phones.iter().find(is_it).ok_or(Trouble::Cut)?;
        Cable::open(device)
    }
}

fn is_debugging(part: &InterfaceInfo) -> bool {
    (part.class(), part.subclass(), part.protocol()) == DEBUGGING
}

/// Some makers' file transfer is of their own class, and only its name tells.
fn names_files(part: &InterfaceInfo) -> bool {
    part.interface_string().is_some_and(|name| name.to_ascii_uppercase().contains("MTP"))
}

fn listed(device: &DeviceInfo) -> Option<Listed> {
    // A phone without a serial number is known by where it hangs.
    let given = device.serial_number().and_then(|serial| serial.parse().ok());
    let serial: Option<Serial> = given
        .or_else(|| format!("usb:{}-{}", device.bus_id(), device.device_address()).parse().ok());
    let model = device.product_string().map(|model| model.chars().take(60).collect());
    Some(Listed::ready(serial?, model))
}

/// An open cable.
pub(super) struct Cable {
    to_phone: Endpoint<Bulk, Out>,
    from_phone: Endpoint<Bulk, In>,
    packet_bytes: usize,
    /// What came beyond what was asked for.
    left: Vec<u8>,
    /// Held for as long as the cable is used.
    _interface: Interface,
}

impl Cable {
    fn open(device: &DeviceInfo) -> Result<Self, Trouble> {
        let number = device.interfaces().find(|part| is_debugging(part));
        let number = number.ok_or(Trouble::Cut)?.interface_number();
        let opened = device.open().wait().map_err(refused)?;
        let interface = opened.claim_interface(number).wait().map_err(refused)?;
        let (mut outward, mut inward) = (None, None);
        for endpoint in interface.descriptor().into_iter().flat_map(|part| {
            part.endpoints().map(|end| (end.address(), end.transfer_type())).collect::<Vec<_>>()
        }) {
            if endpoint.1 == nusb::descriptors::TransferType::Bulk {
                let side = if endpoint.0 & 0x80 == 0 { &mut outward } else { &mut inward };
                side.get_or_insert(endpoint.0);
            }
        }
        let (Some(outward), Some(inward)) = (outward, inward) else {
            return Err(Trouble::Nonsense("a debugging service without its two directions"));
        };
        let to_phone = interface.endpoint::<Bulk, Out>(outward).map_err(refused)?;
        let from_phone = interface.endpoint::<Bulk, In>(inward).map_err(refused)?;
        let packet_bytes = from_phone.max_packet_size().max(1);
        Ok(Self { to_phone, from_phone, packet_bytes, left: Vec::new(), _interface: interface })
    }
}

/// Why the system would not.
fn refused(error: nusb::Error) -> Trouble {
    match meant(error.kind(), error.os_error(), cfg!(windows)) {
        Some(state) => Trouble::State(state),
        None if matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::NotFound) => {
            Trouble::Cut
        }
        None => Trouble::Io(error.into()),
    }
}

/// What a refusal means. Windows has no rights to ask for here: its driver lets one program in, and
/// tells the next that access is denied (5) or that somebody shares it (32).
fn meant(kind: ErrorKind, os_error: Option<u32>, on_windows: bool) -> Option<State> {
    match (kind, os_error) {
        (_, Some(5 | 32)) if on_windows => Some(State::Held),
        (ErrorKind::Busy, _) => Some(State::Held),
        (ErrorKind::PermissionDenied, _) => Some(State::NoPermission),
        (ErrorKind::Unsupported, _) if on_windows => Some(State::NoDriver),
        _ => None,
    }
}

fn ended(error: TransferError) -> Trouble {
    match error {
        TransferError::Disconnected | TransferError::Cancelled => Trouble::Cut,
        other => Trouble::Io(other.into()),
    }
}

impl Wire for Cable {
    fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Trouble> {
        if self.left.is_empty() {
            // One that was begun before patience ran out is waited for, not begun again.
            if self.from_phone.pending() == 0 {
                let whole_packets = buffer.len().div_ceil(self.packet_bytes) * self.packet_bytes;
                self.from_phone.submit(Buffer::new(whole_packets));
            }
            let done = loop {
                let piece = deadline.left()?.min(PIECE);
                if let Some(done) = self.from_phone.wait_next_complete(piece) {
                    break done;
                }
            };
            let Completion { buffer: came, status, .. } = done;
            status.map_err(ended)?;
            self.left = came.into_vec();
        }
        let count = self.left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.left[..count]);
        self.left.drain(..count);
        // An empty packet only marks an end of a transfer: it is not the end of the connection.
        if count == 0 && !buffer.is_empty() { self.read(buffer, deadline) } else { Ok(count) }
    }

    fn send(&mut self, head: &[u8], payload: &[u8], deadline: &Deadline) -> Result<(), Trouble> {
        for part in [head, payload] {
            if part.is_empty() {
                continue;
            }
            self.to_phone.submit(part.to_vec().into());
            let Some(done) = self.to_phone.wait_next_complete(deadline.left()?) else {
                self.to_phone.cancel_all();
                return Err(Trouble::Slow(deadline.patience()));
            };
            done.status.map_err(ended)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_means_what_it_means_on_that_system() {
        let check = |kind, os_error, on_windows, expected| {
            assert_eq!(meant(kind, os_error, on_windows), expected);
        };
        check(ErrorKind::Other, Some(5), true, Some(State::Held));
        check(ErrorKind::Other, Some(32), true, Some(State::Held));
        check(ErrorKind::Unsupported, None, true, Some(State::NoDriver));
        check(ErrorKind::Busy, None, true, Some(State::Held));
        check(ErrorKind::Other, Some(31), true, None);
        // EACCES and EBUSY.
        check(ErrorKind::PermissionDenied, Some(13), false, Some(State::NoPermission));
        check(ErrorKind::Busy, Some(16), false, Some(State::Held));
        check(ErrorKind::Other, Some(5), false, None);
        check(ErrorKind::Disconnected, None, true, None);
    }
}
