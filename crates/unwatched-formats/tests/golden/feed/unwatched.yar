// Unwatched, release 7 of 2026-02-08T08:00:00Z: indicators of stalkerware and watchware.
// Licence: CC-BY-4.0. TLP:CLEAR.
// Holds material from watch-list, by the people of the watch list (CC-BY-4.0), https://list.example/
import "hash"

rule unwatched_1topwatch_file_1 : stalkerware
{
  meta:
    family = "1topwatch"
    name = "1TopWatch"
    class = "stalkerware"
    role = "sample"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml"
    weight = "identity"
  condition:
       hash.sha256(0, filesize) == "fb71678eb236531f98336c41ef84ae00dce4a8c212bf9a4c8335628968f35ad0"
}

rule unwatched_1topwatch_host_in_code_1 : stalkerware
{
  meta:
    family = "1topwatch"
    name = "1TopWatch"
    class = "stalkerware"
    role = "c2"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml"
    weight = "needs an expert's look"
  strings:
    $h0 = "a.topwatch.example" ascii nocase fullword
  condition:
    uint32(0) == 0x0a786564 and any of them
}

rule unwatched_both_lists_file_1 : disputed
{
  meta:
    family = "both-lists"
    name = "Both Lists"
    class = "disputed"
    role = "sample"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml, watch-list/watchware.yaml"
    weight = "identity"
  condition:
       hash.sha256(0, filesize) == "9b0f01c80d2d328325d588effc895f8e8db547ef20c45eadf7941aa656fb4841"
}

rule unwatched_both_lists_host_in_code_1 : disputed
{
  meta:
    family = "both-lists"
    name = "Both Lists"
    class = "disputed"
    role = "c2"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml, watch-list/watchware.yaml"
    weight = "needs an expert's look"
  strings:
    $h0 = "own.both.example" ascii nocase fullword
    $h1 = "shared.both.example" ascii nocase fullword
  condition:
    uint32(0) == 0x0a786564 and any of them
}

rule unwatched_open_eyes_file_1 : watchware
{
  meta:
    family = "open-eyes"
    name = "Open Eyes"
    class = "watchware"
    role = "sample"
    tlp = "CLEAR"
    source = "watch-list/watchware.yaml"
    weight = "identity"
  condition:
       hash.sha256(0, filesize) == "0cacee09406d10485b11d0e78c4e80c929186279607366ee301d2b3abfb3bcfb"
}

rule unwatched_watch_alpha_file_1 : stalkerware
{
  meta:
    family = "watch-alpha"
    name = "Watch Alpha"
    class = "stalkerware"
    role = "sample"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml"
    weight = "identity"
  condition:
       hash.sha256(0, filesize) == "0fbc5819e959c0d53e29d1c08982595d19886957f746934ddaaf52d7e104ec17"
    or hash.sha256(0, filesize) == "1c755d7e8f995e4e355e5f13161087a8d5f049595d8a17effad9de270b924051"
    or hash.sha256(0, filesize) == "2d0d8cbf34c8ef9679f3cf05165da9a7e02b1673c52881c6a682764ea59dcea1"
    or hash.sha256(0, filesize) == "338082587eae770f111387f4223fee351d968dc674dc7ef9db8d9fbcadfc9054"
    or hash.sha256(0, filesize) == "c5f9138e3e9bdeb250f3d077782c4b89028312d614d6410a91205fdd4596f9a1"
}

rule unwatched_watch_alpha_host_in_code_1 : stalkerware
{
  meta:
    family = "watch-alpha"
    name = "Watch Alpha"
    class = "stalkerware"
    role = "c2"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml"
    weight = "needs an expert's look"
  strings:
    $h0 = "api.alpha.example" ascii nocase fullword
    $h1 = "c2.alpha.example" ascii nocase fullword
    $h2 = "get.alpha.example" ascii nocase fullword
  condition:
    uint32(0) == 0x0a786564 and any of them
}

rule unwatched_watch_beta_file_1 : stalkerware
{
  meta:
    family = "watch-beta"
    name = "Watch Beta"
    class = "stalkerware"
    role = "sample"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml"
    weight = "identity"
  condition:
       hash.sha256(0, filesize) == "15c55834c2da6a3f05e53d4515e9e367913822b7d4d60f9e5322b521e362c20e"
    or hash.sha256(0, filesize) == "e7bbe0a1eb2ce40310e59af46c628000c01001cce0888e7312c11a3d5c0c51bb"
}

rule unwatched_watch_beta_host_in_code_1 : stalkerware
{
  meta:
    family = "watch-beta"
    name = "Watch Beta"
    class = "stalkerware"
    role = "c2"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml"
    weight = "needs an expert's look"
  strings:
    $h0 = "bucket.storage.example" ascii nocase fullword
  condition:
    uint32(0) == 0x0a786564 and any of them
}

rule unwatched_watch_gamma_file_1 : stalkerware
{
  meta:
    family = "watch-gamma"
    name = "Watch Gamma"
    class = "stalkerware"
    role = "sample"
    tlp = "CLEAR"
    source = "watch-list/ioc.yaml"
    weight = "identity"
  condition:
       hash.sha256(0, filesize) == "a40a2a77b00c47a76701eebbdf686cc7276681907363fd01fb219b793802cbc1"
}
