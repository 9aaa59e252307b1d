//! What a partner's programs use, as its own people see it.

use unwatched_exchange::uses;

use crate::rig::Server;

#[test]
fn a_partner_sees_what_its_programs_use_and_no_other_does() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    lab.get("/api/v1/changes").expect(200);
    lab.get("/api/v1/changes?limit=0").problem(422);
    lab.get("/api/v1/families/nobody").problem(404);
    shelter.get("/api/v1/families").expect(200);
    server.nobody().get("/feeds/v1/index.json").problem(404);
    lab.get("/feeds/v1/index.json").problem(404);
    lab.get("/taxii2/").expect(200);
    server.wait(async {
        uses::write(&server.state).await.unwrap();
        let partner = "example-lab".parse().unwrap();
        let used = server.state.store.uses(Some(&partner)).await.unwrap();
        let mut lines: Vec<_> = used
            .iter()
            .map(|one| (one.surface.as_str(), one.what.as_str(), one.ok, one.failed))
            .collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                ("api", "GET /api/v1/families/{id}", 0, 1),
                ("changes", "GET /api/v1/changes", 1, 1),
                ("feeds", "GET /feeds/v1/index.json", 0, 1),
                ("taxii", "GET /taxii2/", 1, 0),
            ]
        );
        let changes = used.iter().find(|one| one.surface == "changes").unwrap();
        assert_eq!(changes.last_error.as_deref(), Some("422 some fields were refused"));
        // A client of TAXII is named by its key, as the others are.
        let taxii = used.iter().find(|one| one.surface == "taxii").unwrap();
        assert!(taxii.who.starts_with("key "), "{}", taxii.who);
        assert_eq!(taxii.who, changes.who);
        assert_eq!(server.state.store.uses(None).await.unwrap().len(), 5);
    });
}
