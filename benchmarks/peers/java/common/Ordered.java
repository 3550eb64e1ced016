package bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * Event-time order for engines that have none: reads a file and hands its events on by time, equal times as they came,
 * once the latest time is five seconds past them.
 */
public final class Ordered {
    private static final long LATENESS = 5_000;

    private record Held(long ts, long arrival, Event event) implements Comparable<Held> {
        @Override
        public int compareTo(Held other) {
            int byTime = Long.compare(ts, other.ts);
            return byTime != 0 ? byTime : Long.compare(arrival, other.arrival);
        }
    }

    private Ordered() {}

    public static long read(Path path, Matches matches, Consumer<Event> next) throws IOException {
        PriorityQueue<Held> held = new PriorityQueue<>();
        Decoder decoder = new Decoder();
        long count = 0;
        long latest = Long.MIN_VALUE;
        try (BufferedReader reader = Files.newBufferedReader(path)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Event event = decoder.decode(line);
                held.add(new Held(event.ts, count++, event));
                if (event.ts > latest) {
                    latest = event.ts;
                    matches.read = latest;
                    while (held.peek().ts < latest - LATENESS) {
                        next.accept(held.poll().event);
                    }
                }
            }
        }
        while (!held.isEmpty()) {
            next.accept(held.poll().event);
        }
        return count;
    }
}
