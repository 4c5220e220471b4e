/** How loud the film is: up to twice what was recorded, for teachers far from their microphone. */
export class Loudness {
  private gain: GainNode | undefined;
  private context: AudioContext | undefined;

  constructor(private readonly video: HTMLVideoElement) {}

  /** Sets the loudness, 0 to 2; more than 1 is made by amplifying. Call it when a person acts: browsers insist. */
  set(level: number): void {
    if (level > 1 && !this.gain) this.amplify();
    this.video.volume = Math.min(1, level);
    if (this.gain) this.gain.gain.value = Math.max(1, level);
    void this.context?.resume();
  }

  close(): void {
    void this.context?.close();
  }

  private amplify(): void {
    const context = new AudioContext();
    const gain = context.createGain();
    context.createMediaElementSource(this.video).connect(gain).connect(context.destination);
    this.context = context;
    this.gain = gain;
  }
}
