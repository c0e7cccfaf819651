// The six uses of docs/api.md with a client that openapi-typescript made from the description of the API.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const { API, KEY } = process.env;
const path = { slug: "vergroening-eikenhof" };
const anyone = createClient<paths>({ baseUrl: API });
const adviser = createClient<paths>({ baseUrl: API, headers: { Authorization: `Bearer ${KEY}` } });

// 1. A list, filtered, and some fields of another list page by page.
const list = await anyone.GET("/trajectories", { params: { query: { kind: "public_space", overdue: "feedback" } } });
assert.deepEqual(list.data?.results.map((one) => one.slug), [path.slug]);
const page = await anyone.GET("/trajectories/{slug}/steps", {
  params: { path, query: { pageSize: 1, fields: ["ref", "title"] } },
});
assert.ok(page.data?.next);
assert.deepEqual(Object.keys(page.data.results[0]), ["ref", "title"]);

// 2. One trajectory, and again only if it changed.
const first = await anyone.GET("/trajectories/{slug}", { params: { path } });
assert.equal(first.data?.title, list.data?.results[0].title);
const etag = first.response.headers.get("ETag") ?? "";
const again = await anyone.GET("/trajectories/{slug}", { params: { path, header: { "If-None-Match": etag } } });
assert.equal(again.response.status, 304);

// 3. What is overdue on a day, and how that was computed.
const overdue = await anyone.GET("/trajectories/{slug}/obligations", {
  params: { path, query: { geldigOp: "2026-12-31", status: "overdue" } },
});
assert.equal(overdue.data?.results[0].status, "overdue");
const explained = await anyone.GET("/trajectories/{slug}/obligations/{rule}", {
  params: { path: { ...path, rule: "feedback-given" }, query: { subject: "s1" } },
});
assert.ok(explained.data?.sources.length);

// 4. What changed since the last time.
const log = await anyone.GET("/transitions", { params: { query: { after: 0, pageSize: 100 } } });
const last = log.data?.results.at(-1);
assert.ok(last);
const more = await anyone.GET("/transitions", { params: { query: { after: last.id } } });
assert.deepEqual(more.data?.results, []);

// 5. A new step, once, however often it is sent.
const walk: components["schemas"]["NewStep"] = {
  kind: "activity",
  method: "walk",
  title: "Wandeling door de hof",
  planned: "2026-06-12",
};
const header = { "Idempotency-Key": "typescript-walk" };
const made = await adviser.POST("/trajectories/{slug}/steps", { params: { path, header }, body: walk });
assert.equal(made.response.status, 201);
const twice = await adviser.POST("/trajectories/{slug}/steps", { params: { path, header }, body: walk });
assert.deepEqual(twice.data, made.data);

// 6. A change, only of the version that was read; and a dossier as a whole.
const change = {
  params: {
    path: { ...path, ref: made.data?.ref ?? "" },
    header: { "If-Match": made.response.headers.get("ETag") ?? "" },
  },
  body: { score: 7.5 },
};
const step = await adviser.PATCH("/trajectories/{slug}/steps/{ref}", change);
assert.equal(step.data?.score, 7.5);
const late = await adviser.PATCH("/trajectories/{slug}/steps/{ref}", change);
assert.equal(late.error?.status, 412);
const dossier = await adviser.GET("/trajectories/{slug}/dossier", { params: { path } });
assert.ok(dossier.data);
const summary = "Minder steen en meer schaduw.";
const sent = await adviser.PUT("/trajectories/{slug}/dossier", {
  params: { path, header: { "If-Match": dossier.response.headers.get("ETag") ?? "" } },
  body: { ...dossier.data, trajectory: { ...dossier.data.trajectory, summary } },
});
assert.equal(sent.data?.trajectory.summary, summary);
