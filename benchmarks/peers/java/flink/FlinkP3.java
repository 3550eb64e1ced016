package bench;

import java.time.Duration;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.IterativeCondition;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;

/** A purchase, then one of three times its amount from another country, within ten minutes; past the last event. */
public class FlinkP3 extends FlinkPeer {
    protected AfterMatchSkipStrategy skip() {
        return AfterMatchSkipStrategy.skipPastLastEvent();
    }

    @Override
    protected Pattern<Event, Event> pattern() {
        return Pattern.<Event>begin("a", skip())
                .where(SimpleCondition.of(e -> e.type.equals("purchase")))
                .followedBy("b")
                .where(new Jump())
                .within(Duration.ofMinutes(10));
    }

    private static final class Jump extends IterativeCondition<Event> {
        @Override
        public boolean filter(Event event, Context<Event> context) throws Exception {
            if (!event.type.equals("purchase")) {
                return false;
            }
            Event a = context.getEventsForPattern("a").iterator().next();
            return event.amount > 3 * a.amount && !event.country.equals(a.country);
        }
    }
}
