// Unwatched: indicators of stalkerware and watchware.
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
       hash.sha256(0, filesize) == "fb71678eb236531f98336c41ef84ae00dce4a8c212bf9a4c8335628968f35ad0" // d1aa11ee-1314-532a-b164-ac0a625cef32
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
    $h0 = "a.topwatch.example" ascii nocase fullword // 3ccd8790-553f-538a-85f0-222b96ce60ba
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
       hash.sha256(0, filesize) == "9b0f01c80d2d328325d588effc895f8e8db547ef20c45eadf7941aa656fb4841" // 9fc2fe21-47e6-57d5-bd95-1aeb50ed60f4
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
    $h0 = "own.both.example" ascii nocase fullword // 4a28b9cd-65a3-5966-b70c-93fee4d5f32f
    $h1 = "shared.both.example" ascii nocase fullword // fdcd249f-cd08-5242-bef5-6bd18ed97787
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
       hash.sha256(0, filesize) == "0cacee09406d10485b11d0e78c4e80c929186279607366ee301d2b3abfb3bcfb" // 612cf005-5d09-5294-89e7-51ac00270f96
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
       hash.sha256(0, filesize) == "0fbc5819e959c0d53e29d1c08982595d19886957f746934ddaaf52d7e104ec17" // f5295900-4fc5-5e96-9c18-d198b4cadc0e
    or hash.sha256(0, filesize) == "1c755d7e8f995e4e355e5f13161087a8d5f049595d8a17effad9de270b924051" // 2effedea-4c0b-5f03-b845-af8cb22ec81d
    or hash.sha256(0, filesize) == "2d0d8cbf34c8ef9679f3cf05165da9a7e02b1673c52881c6a682764ea59dcea1" // 3702385c-1c36-5247-9130-259d3bf7c2a5
    or hash.sha256(0, filesize) == "338082587eae770f111387f4223fee351d968dc674dc7ef9db8d9fbcadfc9054" // 20945e24-f9b4-5b0e-a16e-239f9567c4a8
    or hash.sha256(0, filesize) == "c5f9138e3e9bdeb250f3d077782c4b89028312d614d6410a91205fdd4596f9a1" // 0f678361-c705-5554-b919-333ee7dfb835
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
    $h0 = "api.alpha.example" ascii nocase fullword // e4bf67f1-90c6-5368-8d43-4272b12a1834
    $h1 = "c2.alpha.example" ascii nocase fullword // bfcf675b-0dde-5116-abb6-90c50a43fd28
    $h2 = "get.alpha.example" ascii nocase fullword // d772c9ab-78f9-5c30-bf5c-23a0a751dbb6
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
       hash.sha256(0, filesize) == "15c55834c2da6a3f05e53d4515e9e367913822b7d4d60f9e5322b521e362c20e" // e20be7b0-bc1b-5816-bcb6-6a3d61866863
    or hash.sha256(0, filesize) == "e7bbe0a1eb2ce40310e59af46c628000c01001cce0888e7312c11a3d5c0c51bb" // 29d3ef5a-4868-5f48-83c6-dc739191b60b
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
    $h0 = "bucket.storage.example" ascii nocase fullword // 3b751caf-316e-5be5-93cf-7f441bb2e2c0
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
       hash.sha256(0, filesize) == "a40a2a77b00c47a76701eebbdf686cc7276681907363fd01fb219b793802cbc1" // 5d42dd42-dd43-5645-b113-ce2fd70bd5c2
}
