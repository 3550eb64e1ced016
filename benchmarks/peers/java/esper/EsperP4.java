package bench;

import java.util.List;

/** A changed password, no login, then a large transfer, within thirty minutes; every match. */
public final class EsperP4 extends EsperPeer {
    @Override
    protected String statement() {
        return """
            select p, t from pattern [
              every p=Event(type='pwd_change')
                -> ((t=Event(type='transfer', amount > 1000, user=p.user) and not Event(type='login', user=p.user))
                    where timer:within(30 min))]
            """;
    }

    @Override
    protected List<String> steps() {
        return List.of("p", "t");
    }
}
