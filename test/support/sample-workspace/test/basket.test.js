import assert from "node:assert/strict";
import { test } from "node:test";
import { total } from "../src/basket.js";
import { formatPrice } from "../src/price.js";

test("adds up packets", () => assert.equal(total({ assam: 1, rooibos: 1 }), 840));
test("gives ten percent from three packets on", () => assert.equal(total({ sencha: 3 }), 1674));
test("refuses a tea it does not sell", () => assert.throws(() => total({ cola: 1 }), /unknown tea: cola/));
test("shows euros", () => assert.equal(formatPrice(1234), "12.34"));
