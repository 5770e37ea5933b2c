// What a machine reports about its processes; each operating system has its own file that implements this. A process is
// identified by its pid together with its start time. A marker in its environment was put there by us, and its value is
// unique to the process that we gave it to.

export interface Process {
  readonly pid: number;
  /** A text, compared only for equality. */
  readonly startTime: string;
  readonly group: number;
}

/** A variable of the environment that a process and all of its descendants carry. */
export interface Marker {
  readonly name: string;
  readonly value: string;
}

export interface Carrier extends Process {
  /** The marker's value in this process. */
  readonly marker: string;
  /** Resident memory in bytes; memory that several processes share is counted for each of them. */
  readonly memory: number;
}

export interface Scan {
  readonly carriers: readonly Carrier[];
  /** False if a process was seen in the middle of `exec`, when it shows no environment: look again in a moment. */
  readonly settled: boolean;
}

export interface Processes {
  /** Stays the same across restarts; null if the machine has no id. */
  machineId(): string | null;
  /** Changes with every start of the machine. */
  bootId(): string;
  /**
   * The PID namespace of this process. Processes of another namespace are not seen, or under other numbers. Null if the
   * system has no namespaces.
   */
  namespace(): string | null;
  /** null: there is no such process, or only a zombie of it. */
  look(pid: number): Process | null;
  /** The process that has this pid in another PID namespace; null if none is visible from here, or only a zombie. */
  lookWithin(given: { readonly namespace: string; readonly pid: number }): Process | null;
  /** Every live process except this one that carries this marker, with any value if `value` is null. */
  carriers(marker: { readonly name: Marker['name']; readonly value: Marker['value'] | null }): Scan;
  /** Every live process in the group except this one, whatever it carries. */
  members(group: number): readonly Process[];
}
