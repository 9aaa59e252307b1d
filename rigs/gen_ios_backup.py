#!/usr/bin/env python3
"""Synthetic iTunes-style backup, plain or encrypted, for timing and tests. All data is made up.
usage: gen_ios_backup.py OUTDIR [--files 50000] [--on-disk 3000] [--avg-kb 40] [--sms 500000]
                         [--url-every 10] [--urls 20000] [--visits 30000] [--attachments 4000] [--apps 180]
                         [--encrypt PASSWORD] [--dpic 10000000] [--plant] [--plant-domain NAME] [--plant-app BUNDLE]
--plant adds traces of made-up watch apps (WATCH-* names) so that a checker has something to find.
--plant-domain     a page of this host in the browser's history
--plant-app        an installed app of this bundle identifier
Encrypted form: Manifest.plist with BackupKeyBag (TLV) and ManifestKey; AES-256-CBC, zero IV, PKCS7; needs 'cryptography'."""
import argparse, datetime, hashlib, os, plistlib, random, sqlite3, struct, uuid
ap = argparse.ArgumentParser()
ap.add_argument("out"); ap.add_argument("--files", type=int, default=50000); ap.add_argument("--on-disk", type=int, default=3000)
ap.add_argument("--avg-kb", type=int, default=40); ap.add_argument("--sms", type=int, default=500000)
ap.add_argument("--url-every", type=int, default=10); ap.add_argument("--urls", type=int, default=20000)
ap.add_argument("--visits", type=int, default=30000); ap.add_argument("--attachments", type=int, default=4000); ap.add_argument("--apps", type=int, default=180)
ap.add_argument("--plant-domain"); ap.add_argument("--plant-app")
ap.add_argument("--encrypt"); ap.add_argument("--dpic", type=int, default=10_000_000); ap.add_argument("--plant", action="store_true")
a = ap.parse_args()
rng = random.Random(7); os.makedirs(a.out, exist_ok=True)
UDID = "00008120-0000000000000001"; T0 = 1760000000
WORDS = "the to and of meet later call home work dinner okay thanks see you soon train bus school kids money photo".split()
NS = "com.apple.mobile.installation"

enc = None
if a.encrypt:
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    rb = rng.randbytes
    dpsl, salt, it = rb(20), rb(20), 10000
    k = hashlib.pbkdf2_hmac("sha256", a.encrypt.encode(), dpsl, a.dpic)
    passkey = hashlib.pbkdf2_hmac("sha1", k, salt, it, 32)
    classkeys = {c: rb(32) for c in range(1, 12)}
    def tlv(t, v): return t + struct.pack(">I", len(v)) + v
    u32 = lambda n: struct.pack(">I", n)
    bag = tlv(b"VERS", u32(5)) + tlv(b"TYPE", u32(1)) + tlv(b"UUID", rb(16)) + tlv(b"HMCK", rb(40)) + tlv(b"WRAP", u32(1)) \
        + tlv(b"SALT", salt) + tlv(b"ITER", u32(it)) + tlv(b"DPWT", u32(1)) + tlv(b"DPIC", u32(a.dpic)) + tlv(b"DPSL", dpsl)
    for c, key in classkeys.items():
        bag += tlv(b"UUID", rb(16)) + tlv(b"CLAS", u32(c)) + tlv(b"WRAP", u32(2)) + tlv(b"KTYP", u32(0)) + tlv(b"WPKY", aes_key_wrap(passkey, key))
    def cbc(key, data):
        pad = 16 - len(data) % 16
        e = Cipher(algorithms.AES(key), modes.CBC(b"\0" * 16)).encryptor()
        return e.update(data + bytes([pad]) * pad) + e.finalize()
    manifest_key = rb(32)
    enc = True

def mbfile(domain, rel, size, mtime, key=None):
    objs = ["$null",
            {"LastModified": mtime, "Flags": 0, "GroupID": 501, "LastStatusChange": mtime + 5, "Birth": mtime - 100, "Size": size,
             "InodeNumber": rng.randrange(1 << 30), "Mode": 33188, "UserID": 501, "ProtectionClass": 3,
             "RelativePath": plistlib.UID(2), "$class": plistlib.UID(4 if key else 3)}, rel]
    if key:
        objs[1]["EncryptionKey"] = plistlib.UID(3)
        objs += [{"NS.data": struct.pack("<I", 3) + aes_key_wrap(classkeys[3], key), "$class": plistlib.UID(5)},
                 {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]},
                 {"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]}]
    else:
        objs += [{"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]
    return plistlib.dumps({"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": objs},
                          fmt=plistlib.FMT_BINARY)

mdb_path = os.path.join(a.out, "Manifest.db")
if os.path.exists(mdb_path): os.remove(mdb_path)
mdb = sqlite3.connect(mdb_path)
mdb.executescript("CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);"
                  "CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB); CREATE INDEX FilesDomainIdx ON Files(domain);"
                  "CREATE INDEX FilesRelativePathIdx ON Files(relativePath); CREATE INDEX FilesFlagsIdx ON Files(flags); PRAGMA journal_mode=OFF;")
total = [0, 0]
def add(domain, rel, data=None, size=0):
    fid = hashlib.sha1(f"{domain}-{rel}".encode()).hexdigest(); mt = T0 - rng.randrange(60_000_000)
    key = rng.randbytes(32) if (enc and data is not None) else (rng.randbytes(32) if enc else None)
    n = len(data) if data is not None else size
    mdb.execute("INSERT OR REPLACE INTO Files VALUES (?,?,?,1,?)", (fid, domain, rel, mbfile(domain, rel, n, mt, key)))
    if data is not None:
        d = os.path.join(a.out, fid[:2]); os.makedirs(d, exist_ok=True)
        with open(os.path.join(d, fid), "wb") as f: f.write(cbc(key, data) if enc else data)
        total[0] += 1; total[1] += n

def dbfile(domain, rel, script, fill=None):
    p = os.path.join(a.out, "tmp.db")
    if os.path.exists(p): os.remove(p)
    c = sqlite3.connect(p); c.executescript("PRAGMA journal_mode=OFF;" + script)
    if fill: fill(c)
    c.commit(); c.close(); add(domain, rel, open(p, "rb").read()); os.remove(p)

def fill_sms(c):
    c.executemany("INSERT INTO handle VALUES (?,?,?,?)", [(i, f"+1555{i:07d}", "us", "iMessage") for i in range(1, 401)])
    def rows():
        for i in range(1, a.sms + 1):
            t = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(3, 18)))
            if a.url_every and i % a.url_every == 0: t += f" https://www.site{rng.randrange(a.urls)}.example.com/p/{rng.randrange(1<<30):x}"
            if a.plant and i == 777: t += " http://panel.watch-alpha.example/login"
            d = (T0 - 978307200 - rng.randrange(60_000_000)) * 1_000_000_000
            yield (i, f"{uuid.UUID(int=rng.getrandbits(128))}", t, rng.randrange(1, 401), "iMessage", "p:+15550000000", d, d + 10**10, d, rng.randrange(2),
                   rng.randbytes(180))
    c.executemany("INSERT INTO message VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows())
    c.executemany("INSERT INTO attachment VALUES (?,?,?,?,?,?,?)", ((i, f"g{i}", T0 - 978307200, T0 - 978307200, f"~/Library/SMS/Attachments/{i:02x}/IMG_{i}.HEIC", "image/heic", 1000) for i in range(1, a.attachments + 1)))
    c.executemany("INSERT INTO message_attachment_join VALUES (?,?)", ((rng.randrange(1, max(2, a.sms)), i) for i in range(1, a.attachments + 1)))
dbfile("HomeDomain", "Library/SMS/sms.db", """
CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, handle_id INTEGER, service TEXT, account TEXT, date INTEGER, date_read INTEGER,
 date_delivered INTEGER, is_from_me INTEGER, attributedBody BLOB);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT, country TEXT, service TEXT);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, guid TEXT, created_date INTEGER, start_date INTEGER, filename TEXT, mime_type TEXT, total_bytes INTEGER);
CREATE TABLE message_attachment_join (message_id INTEGER, attachment_id INTEGER);""", fill_sms)
def fill_hist(c):
    for i in range(1, a.visits + 1):
        u = f"https://host{rng.randrange(6000)}.example.net/page/{i}"
        if a.plant_domain and i == 1: u = f"https://{a.plant_domain}/"
        if a.plant and i == 99: u = "https://www.watch-alpha.example/download"
        c.execute("INSERT INTO history_items VALUES (?,?,?,?)", (i, u, None, 1)); c.execute("INSERT INTO history_visits VALUES (?,?,?,?,NULL,NULL)", (i, i, T0 - 978307200 - i * 60, "title"))
dbfile("AppDomain-com.apple.mobilesafari", "Library/Safari/History.db", """
CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT, domain_expansion TEXT, visit_count INTEGER);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, visit_time REAL, title TEXT, redirect_source INTEGER, redirect_destination INTEGER);""", fill_hist)
BUNDLES = [f"com.vendor{i}.app{i}" for i in range(a.apps)] + (["com.watch-alpha.agent"] if a.plant else []) + ([a.plant_app] if a.plant_app else [])
def fill_tcc(c):
    for b in BUNDLES:
        for s in ("kTCCServiceCamera", "kTCCServiceMicrophone", "kTCCServicePhotos", "kTCCServiceContactsLimited"):
            c.execute("INSERT INTO access VALUES (?,?,0,2,2,1,NULL,NULL,NULL,'UNUSED',NULL,0,?)", (s, b, T0 - rng.randrange(10**7)))
dbfile("HomeDomain", "Library/TCC/TCC.db", "CREATE TABLE access (service TEXT, client TEXT, client_type INTEGER, auth_value INTEGER, auth_reason INTEGER, auth_version INTEGER, csreq BLOB, policy_id INTEGER, indirect_object_identifier_type INTEGER, indirect_object_identifier TEXT, indirect_object_code_identity BLOB, flags INTEGER, last_modified INTEGER);", fill_tcc)
dbfile("WirelessDomain", "Library/Databases/DataUsage.sqlite", """
CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZFIRSTTIMESTAMP REAL, ZTIMESTAMP REAL, ZPROCNAME TEXT, ZBUNDLENAME TEXT);
CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZKIND INTEGER, ZWIFIIN REAL, ZWIFIOUT REAL, ZWWANIN REAL, ZWWANOUT REAL);""",
  lambda c: [(c.execute("INSERT INTO ZPROCESS VALUES (?,?,?,?,?)", (i, 7e8, 7e8, f"proc{i}/com.vendor{i}", f"com.vendor{i}.app{i}")), c.execute("INSERT INTO ZLIVEUSAGE VALUES (?,?,?,0,1,1,1,1)", (i, i, 7e8))) for i in range(1, 1500)])
for i in range(3 if a.plant else 1):
    prof = {"InstallDate": datetime.datetime(2026, 1, 2), "PayloadIdentifier": f"example.profile.{i}", "PayloadUUID": str(uuid.UUID(int=rng.getrandbits(128))),
            "PayloadDisplayName": ["Wi-Fi", "WATCH-ALPHA management", "WATCH-ALPHA VPN"][i], "PayloadType": "Configuration", "PayloadVersion": 1,
            "PayloadContent": [{"PayloadType": ["com.apple.wifi.managed", "com.apple.mdm", "com.apple.vpn.managed"][i], "PayloadIdentifier": "p", "PayloadUUID": "u", "ServerURL": "https://mdm.watch-alpha.example/checkin"}]}
    add("SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles", f"Library/ConfigurationProfiles/profile-{i}.stub", plistlib.dumps(prof))
ondisk = total[0]
doms = ["CameraRollDomain"] + [f"AppDomain-{b}" for b in BUNDLES] + ["HomeDomain", "MediaDomain", "AppDomainGroup-group.net.whatsapp.WhatsApp.shared"]
for i in range(a.files - ondisk):
    d = doms[0] if i % 3 == 0 else rng.choice(doms)
    rel = f"Media/DCIM/{100 + i // 900}APPLE/IMG_{i:05d}.HEIC" if d == "CameraRollDomain" else f"Library/Caches/{rng.getrandbits(48):012x}/item_{i}.dat"
    if i < a.on_disk: add(d, rel, rng.randbytes(rng.randrange(1024, a.avg_kb * 2048)))
    else: add(d, rel, None, rng.randrange(10**6))
mdb.commit(); mdb.close()
info = {"Build Version": "22A3354", "Device Name": "Test iPhone", "Display Name": "Test iPhone", "GUID": "0" * 32, "IMEI": "356000000000000", "Installed Applications": BUNDLES,
        "Applications": {b: {"iTunesMetadata": plistlib.dumps({"softwareVersionBundleId": b, "itemName": b, "sourceApp": "com.apple.AppStore", "com.apple.iTunesStore.downloadInfo": {"accountInfo": {"AppleID": "a@example.org"}}}, fmt=plistlib.FMT_BINARY)} for b in BUNDLES},
        "Last Backup Date": datetime.datetime(2026, 1, 5), "Product Name": "iPhone 15", "Product Type": "iPhone15,4", "Product Version": "18.0", "Serial Number": "TEST", "Target Identifier": UDID, "Unique Identifier": UDID, "iTunes Version": "12"}
plistlib.dump(info, open(os.path.join(a.out, "Info.plist"), "wb"))
man = {"IsEncrypted": bool(enc), "Version": "10.0", "WasPasscodeSet": True, "Date": datetime.datetime(2026, 1, 5), "SystemDomainsVersion": "24.0",
       "Lockdown": {"ProductVersion": "18.0", "BuildVersion": "22A3354", "DeviceName": "Test iPhone", "ProductType": "iPhone15,4", "SerialNumber": "TEST", "UniqueDeviceID": UDID},
       "Applications": {b: {"CFBundleIdentifier": b, "CFBundleVersion": "1", "Path": f"/var/containers/Bundle/Application/{b}.app"} for b in BUNDLES}}
if enc:
    man["BackupKeyBag"] = bag; man["ManifestKey"] = struct.pack("<I", 3) + aes_key_wrap(classkeys[3], manifest_key)
    data = open(mdb_path, "rb").read(); open(mdb_path, "wb").write(cbc(manifest_key, data))
plistlib.dump(man, open(os.path.join(a.out, "Manifest.plist"), "wb"), fmt=plistlib.FMT_BINARY)
plistlib.dump({"IsFullBackup": True, "Version": "3.3", "BackupState": "new", "SnapshotState": "finished", "Date": datetime.datetime(2026, 1, 5), "UUID": "0"}, open(os.path.join(a.out, "Status.plist"), "wb"), fmt=plistlib.FMT_BINARY)
print(f"rows={a.files} on_disk={total[0]} bytes={total[1]} manifest={os.path.getsize(mdb_path)}")
