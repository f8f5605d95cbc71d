import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** Runs one node: DIR PORT [SETTING=VALUE...]. Its plugins are in DIR/modules. */
public class Start {
    public static void main(String[] args) throws Exception {
        LogConfigurator.configureESLogging();
        Settings.Builder settings = Settings.builder()
            .put("path.home", args[0])
            .put("network.host", "127.0.0.1")
            .put("http.port", args[1])
            .put("transport.port", "0")
            .put("discovery.type", "single-node")
            // One large document is to pass, though the memory is small.
            .put("indexing_pressure.memory.primary.limit", "90%")
            .put("indexing_pressure.memory.limit", "90%")
            // The disk of whoever runs tests may be nearly full.
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
        for (int i = 2; i < args.length; i++) {
            String[] setting = args[i].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        var environment = InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), null, () -> "node");
        var modules = PluginsLoader.loadModulesBundles(Path.of(args[0], "modules"));
        var plugins = PluginsLoader.createPluginsLoader(modules, Set.of(), Map.of(), true);
        Node node = new Node(environment, plugins);
        node.start();
        var http = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress();
        System.out.println("ready http://127.0.0.1:" + http.getPort());
        while (System.in.read() >= 0) {}
        node.close();
        Runtime.getRuntime().halt(0);
    }
}
