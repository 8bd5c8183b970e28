/**
 * A WMI class as the AdminService shows it: `GET /AdminService/wmi/<class>`, `<class>(<keys>)`, and what it can do.
 * The paths are OData's: `SMS_Package('CEN00001')`, `SMS_Program(PackageID='CEN00001',ProgramName='Setup')`.
 */
import type { z } from "zod";

import { Refusal } from "../refusal.ts";

export type Instance = Readonly<Record<string, unknown>>;
/** The keys of an instance as the path gives them, by name. */
export type Keys = Readonly<Record<string, string>>;

export type WmiClass = {
  readonly name: string;
  readonly summary: string;
  /** The names of the key properties, in order. */
  readonly keys: readonly string[];
  /** What an instance looks like. */
  readonly shape: z.ZodType;
  list(): readonly Instance[] | Promise<readonly Instance[]>;
  /** Makes an instance from a body that `body` takes. */
  readonly create?: { readonly body: z.ZodType; run(body: never): Promise<Instance> };
  readonly update?: { readonly body: z.ZodType; run(keys: Keys, body: never): Promise<Instance> };
  remove?(keys: Keys): Promise<void>;
  /** `POST <class>(<keys>)/AdminService.<action>` */
  readonly actions?: Readonly<Record<string, { readonly summary: string; run(keys: Keys): Promise<void> }>>;
};

const quoted = "'((?:[^']|'')*)'";

/** Splits `SMS_Package('CEN00001')` into the class's name and the text of its keys. */
export function partsOf(segment: string): { name: string; keys: string | undefined } {
  const match = /^([A-Za-z_]+)(?:\((.*)\))?$/.exec(segment);
  if (!match?.[1]) throw new Refusal("NOT_FOUND", segment);
  return { name: match[1], keys: match[2] };
}

/** Reads the keys of a class from the text between the brackets. A class with one key may leave out its name. */
export function keysOf(wmiClass: WmiClass, text: string): Keys {
  const only = wmiClass.keys.length === 1 ? wmiClass.keys[0] : undefined;
  const plain = new RegExp(`^${quoted}$`).exec(text)?.[1];
  if (only && plain !== undefined) return { [only]: unquoted(plain) };
  const found: Record<string, string> = {};
  for (const match of text.matchAll(new RegExp(`([A-Za-z]+)=${quoted}`, "g"))) {
    if (match[1] !== undefined && match[2] !== undefined) found[match[1]] = unquoted(match[2]);
  }
  const missing = wmiClass.keys.filter((key) => found[key] === undefined);
  if (missing.length > 0) {
    const example = wmiClass.keys.map((key) => `${key}='...'`).join(",");
    throw new Refusal("INVALID", `expected ${wmiClass.name}(${example}), found (${text})`);
  }
  return found;
}

/** The instances a `$filter` lets through. It takes `Name eq 'text'` or `Name eq 5`, joined by `and`. */
export function filtered(instances: readonly Instance[], filter: unknown): readonly Instance[] {
  if (filter === undefined) return instances;
  const conditions = String(filter)
    .split(/\s+and\s+/)
    .map((part) => {
      const match = new RegExp(`^\\s*([A-Za-z]+)\\s+eq\\s+(?:${quoted}|(-?\\d+))\\s*$`).exec(part);
      if (!match?.[1]) throw new Refusal("INVALID", `$filter: expected Name eq 'text', found ${part}`);
      return { name: match[1], value: match[2] === undefined ? Number(match[3]) : unquoted(match[2]) };
    });
  return instances.filter((instance) => conditions.every(({ name, value }) => instance[name] === value));
}

export function isoTime(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(ms)).toString();
}

function unquoted(text: string): string {
  return text.replaceAll("''", "'");
}
