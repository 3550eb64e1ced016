package bench;

import org.apache.flink.cep.pattern.Pattern;

/** The same job without a pattern. */
public final class FlinkFloor extends FlinkPeer {
    @Override
    protected Pattern<Event, Event> pattern() {
        return null;
    }
}
