import { describe, expect, it } from "vitest";
import { actOf, digitOf, type Key } from "./keys";

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...more,
});

describe("keys", () => {
  it.each([
    [" ", "toggle"],
    ["K", "toggle"],
    ["c", "comment"],
    ["r", "span"],
    ["[", "previous"],
    [".", "frame-forward"],
    ["ArrowLeft", "back"],
  ])("%s is %s", (name, act) => expect(actOf(key(name), true)).toBe(act));

  it("go by seconds with shift", () => {
    expect(actOf(key("ArrowLeft", { shiftKey: true }), true)).toBe("back-little");
  });

  it("leave the browser's own shortcuts alone", () => {
    for (const held of ["ctrlKey", "metaKey", "altKey"] as const)
      expect(actOf(key("c", { [held]: true }), true)).toBeUndefined();
  });

  it("are silent when letters are switched off, but arrows are not letters", () => {
    expect(actOf(key("c"), false)).toBeUndefined();
    expect(actOf(key(" "), false)).toBeUndefined();
    expect(actOf(key("ArrowRight"), false)).toBe("forward");
  });

  it("choose tags by number", () => {
    expect(digitOf({ key: "3", code: "Digit3" })).toBe(2);
    expect(digitOf({ key: "¡", code: "Digit1" })).toBe(0);
    expect(digitOf({ key: "0", code: "Digit0" })).toBeUndefined();
  });
});
