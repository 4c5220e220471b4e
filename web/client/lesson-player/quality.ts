/** Which rendition of the film is shown: as good as the line carries, or the one that a person has chosen. Pure. */

/** One rendition that the film can be watched in. */
export interface Quality {
  /** Its place in the player's list. */
  level: number;
  /** The shorter side of the picture in pixels; 0 for sound alone. */
  side: number;
  /** Whether it shows one still for every few seconds. */
  isStills: boolean;
}

/** What somebody has chosen, and what is remembered on the device: "auto", "stills", or a side such as "360". */
export type Choice = string;

export const AUTO: Choice = "auto";
const STILLS: Choice = "stills";
const STILLS_PLAYLIST = "/video-stills.m3u8";

interface Level {
  width: number;
  height: number;
  uri: string;
}

/** Returns what there is to choose from, the best first. */
export function qualitiesOf(levels: readonly Level[]): Quality[] {
  return levels
    .map(({ width, height, uri }, level) => ({
      level,
      side: Math.min(width || 0, height || 0),
      isStills: uri.endsWith(STILLS_PLAYLIST),
    }))
    .sort((one, other) => Number(one.isStills) - Number(other.isStills) || other.side - one.side);
}

/** Returns what chooses a quality. */
export function choiceOf({ side, isStills }: Quality): Choice {
  return isStills ? STILLS : String(side);
}

/** Returns the level that a choice asks for; -1 leaves it to the player. The next smaller one where it is missing. */
export function levelFor(choice: Choice, qualities: readonly Quality[]): number {
  if (choice === AUTO) return -1;
  const exact = qualities.find((each) => choiceOf(each) === choice);
  const smaller = qualities.find(({ side, isStills }) => !isStills && side <= Number(choice));
  return (exact ?? smaller)?.level ?? -1;
}

/** Returns a quality in words. */
export function qualityText(quality: Quality): string {
  if (quality.isStills) return "Sound and stills";
  return quality.side > 0 ? `${quality.side}p` : "Sound";
}
