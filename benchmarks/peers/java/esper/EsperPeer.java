package bench;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.EPEventService;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPStatement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One Esper statement on a clock of event time: events are put in order before it, and move the clock. */
public abstract class EsperPeer implements Peer {
    /** The statement; it selects the events of a match under the names of `steps`. */
    protected abstract String statement();

    /** Names of events, or arrays of events, in the order of the pattern. */
    protected abstract List<String> steps();

    @Override
    public final long pass(Path path, Matches matches) throws Exception {
        Configuration configuration = new Configuration();
        configuration.getCommon().addEventType(Event.class);
        configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
        EPCompiled compiled =
                EPCompilerProvider.getCompiler().compile(statement(), new CompilerArguments(configuration));
        EPRuntime runtime = EPRuntimeProvider.getRuntime("pass" + System.nanoTime(), configuration);
        EPStatement last = null;
        runtime.getEventService().advanceTime(0);
        for (EPStatement made : runtime.getDeploymentService().deploy(compiled).getStatements()) {
            last = made;
        }
        last.addListener((fresh, old, statement, of) -> {
            for (EventBean match : fresh) {
                matches.tell(events(match));
            }
        });
        EPEventService service = runtime.getEventService();
        long count = Ordered.read(path, matches, event -> {
            if (event.ts > service.getCurrentTime()) {
                service.advanceTime(event.ts);
            }
            service.sendEventBean(event, "Event");
        });
        runtime.destroy();
        return count;
    }

    private Event[] events(EventBean match) {
        List<Event> found = new ArrayList<>();
        for (String step : steps()) {
            Object value = match.get(step);
            if (value instanceof EventBean[] several) {
                for (EventBean one : several) {
                    found.add((Event) one.getUnderlying());
                }
            } else if (value instanceof Event[] several) {
                found.addAll(List.of(several));
            } else {
                found.add((Event) value);
            }
        }
        return found.toArray(Event[]::new);
    }
}
