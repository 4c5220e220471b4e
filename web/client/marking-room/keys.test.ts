import { describe, expect, it } from "vitest";
import { actOf, digitOf, isTyping, type Key, kindOf, ownsKey } from "./keys";

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

describe("who answers to a key", () => {
  const element = (markup: string) => {
    document.body.innerHTML = markup;
    return document.body.firstElementChild;
  };

  it("is the text field, whatever the key", () => {
    for (const markup of ["<textarea></textarea>", "<input>", "<input type=search>", "<select></select>"])
      expect(isTyping(element(markup))).toBe(true);
  });

  it("is the room, for letters on buttons and choices", () => {
    for (const markup of ["<button></button>", "<input type=radio>", "<input type=checkbox>", "<p></p>"])
      expect(isTyping(element(markup))).toBe(false);
    expect(ownsKey(element("<input type=radio>"), "c")).toBe(false);
  });

  it("is the button for Space, and the choice for arrows", () => {
    expect(ownsKey(element("<button></button>"), " ")).toBe(true);
    expect(ownsKey(element("<input type=radio>"), "ArrowRight")).toBe(true);
    expect(ownsKey(element("<button></button>"), "ArrowRight")).toBe(false);
  });
});

it("brackets are typed with AltGr on many keyboards", () => {
  const altGraph = { ...key("["), ctrlKey: true, altKey: true, getModifierState: () => true };
  expect(actOf(altGraph, true)).toBe("previous");
});

it("a letter chooses the kind, by its place when Alt changes its sign", () => {
  expect(kindOf({ key: "t", code: "KeyT", altKey: false })).toBe("target");
  expect(kindOf({ key: "†", code: "KeyT", altKey: true })).toBe("target");
  expect(kindOf({ key: "x", code: "KeyX", altKey: false })).toBeUndefined();
});
