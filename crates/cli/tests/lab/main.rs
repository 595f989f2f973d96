//! `insula lab`, each test in a world of its own, where a network namespace plays the host; what was done is read back by other
//! tools, and by traffic.
#![allow(clippy::disallowed_methods, reason = "tests drive the binary")]

#[path = "../sets/world.rs"]
mod world;

use world::User::Root;
use world::run;

/// Where the examples are, for scripts.
fn in_examples(script: &str) -> String {
    format!("cd '{}/../../examples/labs'\n{script}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn lab_is_made_listed_entered_and_taken_away() {
    run(
        Root,
        &in_examples(
            r#"
insula lab up router.clab.yml
same "$(insula lab ls | tr -s ' ' | cut -d' ' -f1-4)" "NAME STATE NODES LINKS
router ready 3 2"
same "$(insula lab ls router | tr -s ' ')" "NODE SET INTERFACES
h1 router-h1 eth1 10.0.1.2/24
h2 router-h2 eth1 10.0.2.2/24
router router-router eth1 10.0.1.1/24, eth2 10.0.2.1/24"
same "$(insula lab exec router h1 hostname)" h1
same "$(insula lab exec router.clab.yml h1 -- sh -c 'echo $$; exit 0' | wc -l)" 1
insula lab exec router h2 ping -c1 -W5 10.0.1.2 > /dev/null
ip netns exec router-h1 ping -c1 -W5 10.0.2.2 > /dev/null
status=0; insula lab exec router h1 sh -c 'exit 7' || status=$?; same $status 7
same "$(insula lab exec router h1 ip netns list)" ""
has "$(fails insula lab exec router h3 true)" 'the lab `router` has no node `h3`'
has "$(fails insula lab up router.clab.yml)" 'exists already'
insula lab exec router h1 sh -c 'sleep 1000 & ' 
insula lab down router
has "$(fails insula lab down router)" 'there is no lab called `router`'
same "$(insula lab ls)" "NAME STATE NODES LINKS FILE"
nothing_left
"#,
        ),
    );
}

#[test]
fn keys_without_effect_are_told_or_refused() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: x
topology:
  nodes:
    a:
      memroy: 1G
      exec: [echo one, "sh -c 'echo two; echo three'"]
END
said=$(insula lab up /run/x.yml 2>/run/warnings)
same "$said" "a: one
a: two
a: three"
same "$(cat /run/warnings)" 'insula: warning: /run/x.yml:5:7: unknown key `memroy` in node `a`'
insula lab down /run/x.yml
said=$(fails insula lab up --strict /run/x.yml)
has "$said" '/run/x.yml:5:7: unknown key `memroy` in node `a`'
sed -i s/memroy:.*/image:\ alpine/ /run/x.yml
has "$(fails insula lab up /run/x.yml)" '/run/x.yml:5:14: node `a` has an image'
has "$(fails insula lab up /run/none.yml)" 'cannot read `/run/none.yml`: no such file or directory'
echo 'name: x' | fails insula lab up - > /run/said
has "$(cat /run/said)" '-:1:1: the file has no `topology`'
nothing_left
"#,
    );
}

#[test]
fn variables_come_from_the_environment_and_stay_what_they_were() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: ${LAB:=x}
topology:
  nodes: {a: {env: {COLOUR: '${COLOUR:-red}'}}}
END
LAB=y COLOUR=blue insula lab up /run/x.yml
insula lab up /run/x.yml
same "$(insula lab exec y a printenv COLOUR) $(insula lab exec x a printenv COLOUR)" 'blue red'
insula lab down x y
nothing_left
"#,
    );
}

#[test]
fn binds_are_relative_to_the_file() {
    run(
        Root,
        r#"
mkdir /run/lab /run/lab/files
echo hello > /run/lab/files/greeting
cat > /run/lab/x.yml <<'END'
name: x
topology:
  nodes:
    a: {binds: ['files:/mnt:ro'], exec: [cat /mnt/greeting]}
END
cd / && same "$(insula lab up run/lab/x.yml)" 'a: hello'
fails insula lab exec x a touch /mnt/new > /dev/null
[ ! -e /mnt/greeting ]
insula lab down x
nothing_left
"#,
    );
}

#[test]
fn interrupted_lab_is_garbage() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: x
topology:
  nodes: {a: {exec: [touch /run/there, sleep 1000]}, b: }
END
insula lab up /run/x.yml &
await test -e /run/there
has "$(insula lab ls | tr -s ' ')" 'x busy 2 0 /run/x.yml'
same "$(insula gc)" ""
kill -9 $!
wait $! || true
has "$(insula lab ls | tr -s ' ')" 'x remnant 2 0 /run/x.yml'
has "$(insula gc --dry-run)" 'would remove /run/insula/.labs/x'
has "$(insula gc)" 'removed /run/insula/.labs/x'
nothing_left
"#,
    );
}
