package bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a pass writes its matches, a line each: the ids of the events in the order of the pattern, and the delay of the
 * match in event time: how far the input had come when it was told, beyond its last event.
 */
public final class Matches implements AutoCloseable {
    /** Latest event time read so far; written by the reader, read when a match is told. */
    public volatile long read = Long.MIN_VALUE;

    private final BufferedWriter out;
    private long number;
    private long firstAt;

    public Matches(Path path) throws IOException {
        out = Files.newBufferedWriter(path);
    }

    public synchronized void tell(Event... events) {
        long[] ids = new long[events.length];
        long last = Long.MIN_VALUE;
        for (int i = 0; i < events.length; i++) {
            ids[i] = events[i].id;
            last = Math.max(last, events[i].ts);
        }
        tell(last, ids);
    }

    public synchronized void tell(long last, long... ids) {
        if (number++ == 0) {
            firstAt = System.nanoTime();
        }
        StringBuilder line = new StringBuilder("{\"flat\":[");
        for (int i = 0; i < ids.length; i++) {
            line.append(i == 0 ? "" : ",").append(ids[i]);
        }
        line.append("],\"delay\":").append(read - last).append("}\n");
        try {
            out.append(line);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    public synchronized long number() {
        return number;
    }

    /** By the clock of System.nanoTime; 0 if there was none. */
    public synchronized long firstAt() {
        return firstAt;
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }
}
